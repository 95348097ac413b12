// RunGroup: the control group of one run of a hook. What is in it ends with this object, unless the
// hook succeeded: then its services stay, in their group. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/drivers/driver.h"
#include "engine/os/confinement.h"
#include "engine/os/control_group.h"

namespace gitops {

class RunGroup {
 public:
  /// Makes the group; `bounds` hold for it and the app's other runs together. Where there are none
  /// it does nothing; where it does not work the log says so. `log` outlives this object.
  RunGroup(std::optional<ControlGroup> group, const GroupBounds& bounds, StepLog& log);
  ~RunGroup();
  RunGroup(const RunGroup&) = delete;
  RunGroup& operator=(const RunGroup&) = delete;

  /// Lets a program start in it.
  void Enter(Confinement& confinement) const;

  /// The hook succeeded: what it left behind may go on.
  void LetGo() { let_go_ = true; }

  /// True when a process could not be started because the app has as many as it may.
  bool HasRefused() const;

  /// True when a process was ended because the app used all the memory that it may.
  bool RanOutOfMemory() const;

 private:
  std::optional<ControlGroup> group_;
  StepLog& log_;
  std::string run_;  ///< "": there is none.
  std::int64_t refused_before_ = 0;
  std::int64_t out_of_memory_before_ = 0;
  bool let_go_ = false;
};

}  // namespace gitops
