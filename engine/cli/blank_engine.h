// BlankEngine: the Engine of a machine on which nothing was ever deployed, for commands that only
// look. It makes no files, so that a look at a mistyped state directory leaves nothing behind.
#pragma once

#include <string>
#include <vector>

#include "engine/reconcile/engine.h"

namespace gitops {

class BlankEngine : public Engine {
 public:
  explicit BlankEngine(std::string state_dir) : state_dir_(std::move(state_dir)) {}

  Result<ReconcileReport> Reconcile(const ReconcileRequest&, std::stop_token) override {
    return Nothing();
  }
  Result<ReconcileReport> Rollback(const RollbackRequest&, std::stop_token) override {
    return Nothing();
  }
  Result<ReconcileReport> Up(const UpRequest&, std::stop_token) override { return Nothing(); }
  Result<ReconcileReport> Down(const std::string&, bool, std::stop_token) override {
    return Nothing();
  }
  Result<AppStatus> Suspend(const std::string&, const std::string&) override { return Nothing(); }
  Result<AppStatus> Resume(const std::string&) override { return Nothing(); }
  Result<ReconcileReport> Diff(const std::string&) override { return Nothing(); }
  Result<ExplainReport> Explain(const std::string&) override { return Nothing(); }
  Result<StatusReport> GetStatus(const std::string& app) override {
    if (app.empty()) return StatusReport();
    return Nothing();
  }
  Result<HistoryReport> History(const std::string&) override { return Nothing(); }
  Result<DriftReport> Drift(const DriftRequest& request, std::stop_token) override {
    if (request.apps.empty()) return DriftReport();
    return Nothing();
  }
  Result<std::vector<Event>> Events(const std::string& app, int) override {
    if (app.empty()) return std::vector<Event>();
    return Nothing();
  }
  Result<std::string> LogFile(const std::string&, RunId) override { return Nothing(); }
  Result<int> RunCommand(const std::string&, const std::string&,
                         const std::vector<std::string>&) override {
    return Nothing();
  }
  Result<int> Exec(const std::string&, const std::vector<std::string>&) override {
    return Nothing();
  }

 private:
  Error Nothing() const {
    return MakeError(ErrorKind::kNotFound, "no such app",
                     "nothing was deployed yet: there is no state in \"" + state_dir_ + "\"",
                     "tfgrid-compose reconcile, or tfgrid-compose up PATH");
  }

  const std::string state_dir_;
};

}  // namespace gitops
