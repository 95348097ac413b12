// DiskWatch: sees to it that one program of an app does not fill the disk with what is in the app's
// directory. It looks at the file system, which costs nothing, and at the directory only when that
// has lost space, or when it has not looked for long. One thread.
#pragma once

#include <optional>
#include <string>

#include "engine/base/clock.h"
#include "engine/drivers/app_policy.h"
#include "engine/os/tree_use.h"

namespace gitops {

class DiskWatch {
 public:
  /// `directory` is the app's. To be made just before the program starts; `clock` outlives it.
  DiskWatch(std::string directory, const AppLimits& limits, const Clock& clock);

  /// True when the directory holds more than it may. To be called a few times a second, and with
  /// `at_end` once more when the program has ended.
  bool IsOver(bool at_end);

  /// What it held, and what it may; "" when it was not over.
  const std::string& finding() const { return finding_; }

 private:
  bool MayHoldTooMuch() const;
  bool HasLostSpace() const;
  bool Measure();

  std::string directory_;
  TreeUse most_;
  const Clock& clock_;
  std::optional<FreeSpace> free_;  ///< At the last look.
  MonotonicTime started_{};
  MonotonicTime not_before_{};  ///< So that a large directory does not take a processor.
  MonotonicTime anyway_at_{};
  std::string finding_;
};

}  // namespace gitops
