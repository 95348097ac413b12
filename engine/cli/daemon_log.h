// DaemonLog: one line of the log for each thing that a daemon does and a person may want to know:
// looks that found something or failed, work that changed something or failed, notices. Lines of a
// run carry its number and, when it came of a webhook or of a request of the API, the id of that.
// Thread-safe.
#pragma once

#include "engine/base/log.h"
#include "engine/cli/run_requests.h"
#include "engine/reconcile/daemon_observer.h"

namespace gitops {

class DaemonLog : public DaemonObserver {
 public:
  DaemonLog(Log& log, RunRequests& requests) : log_(log), requests_(requests) {}

  void OnLook(const LookNews& news) override;
  void OnApp(const AppNews& news) override;
  void OnProgress(const Progress& progress) override;
  void OnNotice(const DaemonNotice& notice) override;

 private:
  void WriteOfRun(RunId run, LogLevel level, std::string_view message,
                  std::initializer_list<Log::Field> fields);

  Log& log_;
  RunRequests& requests_;
};

}  // namespace gitops
