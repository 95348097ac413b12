// NotifyWorker: has a Notifier collect and deliver on a thread of its own, whenever something
// happened and when the next entry is due. What goes wrong with it is logged and tried again;
// nothing ever waits for it. Made by the composition of the daemon, which lets it go before what it
// borrows.
#pragma once

#include "engine/base/log.h"
#include "engine/model/engine_observer.h"
#include "engine/reconcile/notifier.h"
#include "engine/reconcile/wake_worker.h"

namespace gitops {

class NotifyWorker : public EngineObserver {
 public:
  /// Begins at once: with what the last process did not get to. Both outlive it.
  NotifyWorker(Notifier& notifier, Log& log);

  /// Something may have happened. Also after the configuration changed.
  void Wake() { worker_.Wake(); }

  void OnEvents() override { Wake(); }
  void OnRunBegun(const ObservedRun& /*run*/) override { Wake(); }

 private:
  std::chrono::milliseconds Round(const std::stop_token& stop);

  Notifier& notifier_;
  Log& log_;
  WakeWorker worker_;  ///< Last: it uses everything above.
};

}  // namespace gitops
