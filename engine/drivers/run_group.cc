#include "engine/drivers/run_group.h"

#include <utility>

namespace gitops {

RunGroup::RunGroup(std::optional<ControlGroup> group, const GroupBounds& bounds, StepLog& log)
    : group_(std::move(group)), log_(log) {
  if (!group_) return;
  group_->Tidy();
  auto run = group_->MakeRun(bounds);
  if (!run) {
    log_.Note("no control group, so limits.appProcesses does not bound the app as a whole: " +
              run.error().diagnostics.front().ToString());
    return;
  }
  run_ = std::move(*run);
  refused_before_ = group_->Refused(run_);
  if (const Status bounded = group_->BoundMemory(bounds.memory_bytes); !bounded) {
    log_.Note("limits.appMemory bounds each program, not the app as a whole: " +
              bounded.error().diagnostics.front().ToString());
  }
  out_of_memory_before_ = group_->OutOfMemory();
}

RunGroup::~RunGroup() {
  if (run_.empty()) return;
  if (let_go_) {
    group_->Tidy();
    return;
  }
  const int ended = ControlGroup::EndRun(run_);
  group_->Tidy();
  if (ended > 0) log_.Note("ended " + std::to_string(ended) + " processes in its control group");
  if (ended < 0) log_.Note("processes in its control group may still run");
}

void RunGroup::Enter(Confinement& confinement) const {
  if (!run_.empty()) confinement.control_groups = group_->Entries(run_);
}

bool RunGroup::HasRefused() const {
  return !run_.empty() && group_->Refused(run_) > refused_before_;
}

bool RunGroup::RanOutOfMemory() const {
  return !run_.empty() && group_->OutOfMemory() > out_of_memory_before_;
}

}  // namespace gitops
