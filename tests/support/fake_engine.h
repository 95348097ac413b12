// FakeEngine: an Engine that answers what a test put into it and remembers what it was asked.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/reconcile/engine.h"

namespace gitops {

class FakeEngine : public Engine {
 public:
  /// What the next calls return; an error wins over the value.
  std::optional<Error> error;
  ReconcileReport report;
  ExplainReport explanation;
  StatusReport status;
  HistoryReport history;
  DriftReport drift;
  std::vector<Event> events;
  std::string log_file;
  int exit_code = 0;
  /// Called in each pass, before it returns.
  std::function<void()> during_pass;

  /// One line for each call: "reconcile web dry_run", …
  std::vector<std::string> calls;

  /// Whether the last pass was asked to keep views.
  bool views_asked_for = false;

  Result<ReconcileReport> Reconcile(const ReconcileRequest& request, std::stop_token) override {
    views_asked_for = request.view != nullptr;
    std::string call = "reconcile";
    for (const std::string& app : request.apps) call += " " + app;
    if (!request.source.empty()) call += " source=" + request.source;
    if (!request.environment.empty()) call += " environment=" + request.environment;
    if (request.dry_run) call += " dry_run";
    if (request.prune) call += " prune";
    if (request.full) call += " full";
    if (request.list_all) call += " list_all";
    return Pass(std::move(call), request.dry_run);
  }
  Result<ReconcileReport> Rollback(const RollbackRequest& request, std::stop_token) override {
    std::string call = "rollback " + request.app;
    if (request.to) call += " to=" + std::to_string(*request.to);
    if (request.dry_run) call += " dry_run";
    if (request.revert) call += " revert";
    return Pass(std::move(call), request.dry_run);
  }
  Result<ReconcileReport> Up(const UpRequest& request, std::stop_token) override {
    std::string call = "up " + request.path;
    if (!request.environment.empty()) call += " environment=" + request.environment;
    if (request.dry_run) call += " dry_run";
    return Pass(std::move(call), request.dry_run);
  }
  Result<ReconcileReport> Down(const std::string& app, bool dry_run, std::stop_token) override {
    return Pass("down " + app + (dry_run ? " dry_run" : ""), dry_run);
  }
  Result<AppStatus> Suspend(const std::string& app, const std::string& reason) override {
    return OneApp("suspend " + app + " reason=" + reason);
  }
  Result<AppStatus> Resume(const std::string& app) override { return OneApp("resume " + app); }
  Result<ReconcileReport> Diff(const std::string& app) override {
    return Pass("diff " + app, true);
  }
  Result<ExplainReport> Explain(const std::string& app) override {
    return Answer("explain " + app, explanation);
  }
  Result<StatusReport> GetStatus(const std::string& app) override {
    return Answer("status " + app, status);
  }
  Result<StatusReport> Overview() override { return Answer("overview", status); }
  Result<HistoryReport> History(const std::string& app) override {
    return Answer("history " + app, history);
  }
  Result<DriftReport> Drift(const DriftRequest& request, std::stop_token) override {
    std::string call = "drift" + Joined(request.apps);
    if (!request.source.empty()) call += " source=" + request.source;
    if (!request.environment.empty()) call += " environment=" + request.environment;
    return Answer(std::move(call), drift);
  }
  Result<std::vector<Event>> Events(const std::string& app, int limit) override {
    return Answer("events " + app + " limit=" + std::to_string(limit), events);
  }
  Result<std::string> LogFile(const std::string& app, RunId run) override {
    return Answer("log_file " + app + " run=" + std::to_string(run), log_file);
  }
  Result<int> RunCommand(const std::string& app, const std::string& command,
                         const std::vector<std::string>& args) override {
    return Answer("run " + app + " " + command + Joined(args), exit_code);
  }
  Result<int> Exec(const std::string& app, const std::vector<std::string>& argv) override {
    return Answer("exec " + app + Joined(argv), exit_code);
  }

 private:
  template <typename T>
  Result<T> Answer(std::string call, const T& value) {
    calls.push_back(std::move(call));
    if (error) return *error;
    return value;
  }
  Result<ReconcileReport> Pass(std::string call, bool dry_run) {
    report.dry_run = dry_run;
    if (during_pass) during_pass();
    return Answer(std::move(call), report);
  }
  Result<AppStatus> OneApp(std::string call) {
    return Answer(std::move(call), status.apps.empty() ? AppStatus{} : status.apps.front());
  }
  static std::string Joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += " " + word;
    return text;
  }
};

}  // namespace gitops
