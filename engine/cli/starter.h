// Starter: the files of a first app, for `init`. Pure but for WriteStarter.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"

namespace gitops {

struct StarterFile {
  std::string path;  ///< In the app's directory.
  std::string text;
  bool executable = false;
};

/// A manifest with comments and the scripts it names; with a pattern for one machine it validates
/// and deploys as it is. REQUIRES: both are valid names.
std::vector<StarterFile> StarterFiles(const std::string& name, const std::string& pattern);

/// The last part of `directory` in the letters of a name; "my-app" when none is left.
std::string StarterName(const std::string& directory);

/// Writes the files below `directory`, which is made when it is missing. Nothing is written when
/// one of them exists. Errors: kConflict (names those that exist), kInvalid, kTransient.
Status WriteStarter(const std::string& directory, const std::vector<StarterFile>& files);

}  // namespace gitops
