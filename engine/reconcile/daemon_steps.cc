// The part of DaemonImpl that does one thing at a time on the thread of its caller.
#include <algorithm>

#include "engine/reconcile/daemon_impl.h"

namespace gitops {

bool DaemonImpl::LookOnce() {
  std::unique_lock lock(mutex_);
  const auto taken = source_queue_.Take(Now());
  if (!taken) return false;
  LookAt(*taken, lock);
  return true;
}

bool DaemonImpl::WorkOnce() {
  std::unique_lock lock(mutex_);
  const auto taken = app_queue_.Take(Now());
  if (!taken) return false;
  WorkOn(*taken, lock);
  return true;
}

std::optional<MonotonicTime> DaemonImpl::NextDue() const {
  const std::lock_guard lock(mutex_);
  const auto look = source_queue_.NextDue(Now());
  const auto work = app_queue_.NextDue(Now());
  if (look && work) return std::min(*look, *work);
  return look ? look : work;
}

}  // namespace gitops
