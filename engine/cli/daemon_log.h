// DaemonLog: one line of the log for each thing that a daemon does and a person may want to know:
// looks that found something or failed, work that changed something or failed, notices.
// Thread-safe.
#pragma once

#include "engine/base/log.h"
#include "engine/reconcile/daemon_observer.h"

namespace gitops {

class DaemonLog : public DaemonObserver {
 public:
  explicit DaemonLog(Log& log) : log_(log) {}

  void OnLook(const LookNews& news) override;
  void OnApp(const AppNews& news) override;
  void OnProgress(const Progress& progress) override;
  void OnNotice(const DaemonNotice& notice) override;

 private:
  Log& log_;
};

}  // namespace gitops
