// DaemonEngine: the Engine of commands while a daemon holds the state: what changes something, the
// daemon does, and what it tells is handed back as if it had been done here. What only looks goes
// to an engine that reads the state. Used by one thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/work_counters.h"
#include "engine/cli/daemon_client.h"
#include "engine/reconcile/engine.h"

namespace gitops {

class DaemonEngine : public Engine {
 public:
  /// `reader` and `counters` outlive the engine; the work that the daemon did is added to the
  /// counters.
  DaemonEngine(DaemonClientParts parts, Engine& reader, WorkCounters& counters,
               std::function<void(const Progress&)> progress)
      : config_(parts.config),
        client_(std::move(parts)),
        reader_(reader),
        counters_(counters),
        progress_(std::move(progress)) {}

  Result<ReconcileReport> Reconcile(const ReconcileRequest& request, std::stop_token stop) override;
  Result<ReconcileReport> Rollback(const RollbackRequest& request, std::stop_token stop) override;
  Result<ReconcileReport> Up(const UpRequest& request, std::stop_token stop) override;
  Result<ReconcileReport> Down(const std::string& app, bool dry_run, std::stop_token stop) override;
  Result<AppStatus> Suspend(const std::string& app, const std::string& reason) override;
  Result<AppStatus> Resume(const std::string& app) override;

  Result<ReconcileReport> Diff(const std::string& app) override { return reader_.Diff(app); }
  Result<ExplainReport> Explain(const std::string& app) override { return reader_.Explain(app); }
  Result<StatusReport> GetStatus(const std::string& app) override { return reader_.GetStatus(app); }
  Result<StatusReport> Overview() override { return reader_.Overview(); }
  Result<HistoryReport> History(const std::string& app) override { return reader_.History(app); }
  Result<DriftReport> Drift(const DriftRequest& request, std::stop_token stop) override {
    return reader_.Drift(request, std::move(stop));
  }
  Result<std::vector<Event>> Events(const std::string& app, int limit) override {
    return reader_.Events(app, limit);
  }
  Result<std::string> LogFile(const std::string& app, RunId run) override {
    return reader_.LogFile(app, run);
  }
  Result<int> RunCommand(const std::string& app, const std::string& command,
                         const std::vector<std::string>& args) override {
    return reader_.RunCommand(app, command, args);
  }
  Result<int> Exec(const std::string& app, const std::vector<std::string>& argv) override {
    return reader_.Exec(app, argv);
  }

 private:
  Result<ReconcileReport> Carry(const std::string& path, const std::string& body,
                                const AppViewer& view, std::stop_token stop);
  /// "apps/production/web": a name is made out here, so that what is wrong with it is told as
  /// without a daemon.
  Result<std::string> PathOf(const std::string& app);

  const Config& config_;
  DaemonClient client_;
  Engine& reader_;
  WorkCounters& counters_;
  const std::function<void(const Progress&)> progress_;
};

}  // namespace gitops
