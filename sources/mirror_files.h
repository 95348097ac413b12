// MirrorFiles: what is done to a bare mirror as files, around libgit2: measuring it, and removing
// what a killed process left behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/os/unique_fd.h"

namespace gitops {

/// Bytes of all packs of an objects directory.
std::int64_t BytesOfPacks(const std::string& objects_directory);

/// Paths of the .idx files of an objects directory whose .pack is there, sorted.
std::vector<std::string> ListPackIndexes(const std::string& objects_directory);

/// About how many loose objects there are, from one of the 256 directories.
std::size_t EstimateLooseObjects(const std::string& objects_directory);

/// Removes lock files, unfinished packs and loose objects, and downloads that nobody took over. The
/// caller holds every lock of the mirror, so nobody is working on them.
void RemoveFetchLeftovers(const std::string& mirror);

/// A directory for a mirror that is being made, which nobody removes while `claim` is open.
struct UnfinishedMirror {
  std::string path;
  UniqueFd claim;
};

/// Makes an empty one beside `mirror`. Errors: kTransient.
Result<UnfinishedMirror> StartMirror(const std::string& mirror);

/// Removes those beside `mirror` whose makers were killed.
void RemoveUnfinishedMirrors(const std::string& mirror);

}  // namespace gitops
