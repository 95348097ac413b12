// EngineImpl: the Engine. Thin: each command is a few calls of the parts of this folder; commands
// that change something are in engine_changes.cc, those that only look in engine_queries.cc and
// engine_drift.cc.
#pragma once

#include <string>
#include <vector>

#include "engine/reconcile/app_runner.h"
#include "engine/reconcile/engine.h"
#include "engine/reconcile/parts.h"
#include "engine/reconcile/pattern_shelf.h"
#include "engine/reconcile/serial_mirror.h"

namespace gitops {

class EngineImpl : public Engine {
 public:
  /// Wraps the mirror so that threads may share it; everything else is used as it is.
  explicit EngineImpl(const EngineParts& parts)
      : mirror_(parts.mirror), parts_(WithMirror(parts, mirror_)), runner_(parts_) {}

  Result<ReconcileReport> Reconcile(const ReconcileRequest& request, std::stop_token stop) override;
  Result<ReconcileReport> Rollback(const RollbackRequest& request, std::stop_token stop) override;
  Result<ReconcileReport> Up(const UpRequest& request, std::stop_token stop) override;
  Result<ReconcileReport> Down(const std::string& app, bool dry_run, std::stop_token stop) override;
  Result<AppStatus> Suspend(const std::string& app, const std::string& reason) override;
  Result<AppStatus> Resume(const std::string& app) override;

  Result<ReconcileReport> Diff(const std::string& app) override;
  Result<ExplainReport> Explain(const std::string& app) override;
  Result<StatusReport> GetStatus(const std::string& app) override;
  Result<StatusReport> Overview() override;
  Result<HistoryReport> History(const std::string& app) override;
  Result<DriftReport> Drift(const DriftRequest& request, std::stop_token stop) override;
  Result<std::vector<Event>> Events(const std::string& app, int limit) override;
  Result<std::string> LogFile(const std::string& app, RunId run) override;
  Result<int> RunCommand(const std::string& app, const std::string& command,
                         const std::vector<std::string>& args) override;
  Result<int> Exec(const std::string& app, const std::vector<std::string>& argv) override;

 private:
  static EngineParts WithMirror(const EngineParts& parts, GitMirror& mirror);
  Status TakeUpUnfinished(const std::string& app, std::stop_token stop);
  Candidate CandidateOf(const AppRecord& record) const;
  Result<AppStatus> StatusOf(const AppRecord& record) const;
  /// All apps without their snapshots; looks at what is there with their steps when `in_full`.
  Result<StatusReport> Everything(bool in_full) const;
  Result<std::vector<SourceReport>> SourcesNow() const;
  Result<Candidate> PlanRecorded(const std::string& app);
  Result<Candidate> CandidateOfDirectory(const UpRequest& request, PatternShelf& patterns);
  Result<Snapshot> ChooseSnapshot(const AppRecord& record, std::optional<int> number) const;
  Status RefuseDependents(const AppRecord& record) const;
  Status PushRevert(const Candidate& candidate, const Snapshot& snapshot, ReconcileReport& report,
                    std::stop_token stop);
  Result<ReconcileReport> OneAppReport(Candidate& candidate, bool dry_run) const;
  Result<int> OnHost(const AppRecord& record, const std::vector<std::string>& argv);

  SerialMirror mirror_;
  const EngineParts parts_;
  AppRunner runner_;
};

}  // namespace gitops
