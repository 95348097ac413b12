// TreeUse: how much of a file system a directory takes, looked at without trusting who writes to
// it: no link is followed, no mount entered, memory and descriptors are bounded at any depth and
// width.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/result.h"

namespace gitops {

struct TreeUse {
  std::int64_t bytes = 0;  ///< On disk: holes do not count, a started block does.
  std::int64_t files = 0;  ///< Directories and links too; not the directory itself.
  bool hidden = false;     ///< It is nested so deep, or so wide, that the rest was not looked at.

  /// True when one of the two is more than in `most`.
  bool IsMoreThan(const TreeUse& most) const { return bytes > most.bytes || files > most.files; }
};

/// Adds up what is beneath `path`, and stops as soon as it is more than `most`. A file with several
/// names counts in parts. What vanishes meanwhile, or may not be read, does not count. Errors:
/// kNotFound, kTransient (`path` cannot be opened).
Result<TreeUse> MeasureTree(const std::string& path, const TreeUse& most);

/// What is left for others on the file system of `path`; also used as what is used up in between.
struct FreeSpace {
  std::int64_t bytes = 0;
  std::int64_t files = 0;
  bool counts_files = false;  ///< The file system has a fixed number of them.
};

/// Errors: kTransient.
Result<FreeSpace> FreeSpaceAt(const std::string& path);

}  // namespace gitops
