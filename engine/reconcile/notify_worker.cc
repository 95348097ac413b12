#include "engine/reconcile/notify_worker.h"

namespace gitops {
namespace {

constexpr std::chrono::milliseconds kAfterFailure{5'000};

}  // namespace

NotifyWorker::NotifyWorker(Notifier& notifier, Log& log)
    : notifier_(notifier),
      log_(log),
      worker_([this](const std::stop_token& stop) { return Round(stop); }) {}

std::chrono::milliseconds NotifyWorker::Round(const std::stop_token& stop) {
  Status status = notifier_.Collect();
  if (status) status = notifier_.Deliver(stop);
  if (status) {
    const auto idle = notifier_.Idle();
    if (idle) return *idle;
    status = idle.error();
  }
  log_.Warning("notifications have to wait", {{"error", status.error().ToString()}});
  return kAfterFailure;
}

}  // namespace gitops
