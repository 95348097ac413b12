// AppSpec: what a simulated app is to be, from which its repository files are made and against
// which the SimCloud is compared in the end. Independent of the engine's own digests.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/support/memory_tree.h"

namespace gitops::sim {

/// The value that must never be seen in anything the engine writes or says.
inline constexpr const char* kPlantedSecret = "planted-s3cr3t-value-4711";

struct AppSpec {
  std::string name;
  std::string directory;       ///< Not the app's name, on purpose.
  std::string pattern = "vm";  ///< "vm", "metal" or "pair".
  int memory = 1024;
  std::string greeting = "hello";
  std::string page = "page 1";
  std::string setup = "setup 1";
  std::string configure = "configure 1";
  std::string check = "check 1";
  bool teardown = false;
  std::vector<std::string> depends_on;
  std::string broken;  ///< Not empty: the manifest cannot be read.

  explicit AppSpec(std::string app_name)
      : name(std::move(app_name)), directory("apps/at-" + name) {}

  MemoryTree Tree() const;
};

/// The whole repository: the apps and the patterns. `pattern_version` is part of every pattern.
MemoryTree RepositoryOf(const std::map<std::string, AppSpec>& apps, int pattern_version);

}  // namespace gitops::sim
