// Removing a directory with everything in it, without following links or leaving its file system,
// in bounded memory and descriptors at any depth.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace gitops {

/// Removes the directory `path` and all beneath it; it is fine when it is gone already. Refuses a
/// `path` that is a symbolic link. Modes that forbid it are changed first. Errors: kInvalid (a
/// mounted file system inside, no permission), kTransient.
Status RemoveTreeBeneath(const std::string& path);

/// The same, but the directory itself stays: somebody may have it open, or mounted elsewhere.
Status EmptyTree(const std::string& path);

}  // namespace gitops
