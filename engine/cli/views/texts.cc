#include "engine/cli/views/texts.h"

#include <algorithm>

#include "engine/base/redactor.h"
#include "engine/base/timestamp.h"
#include "engine/cli/views/text_table.h"

namespace gitops {
namespace {

Ink InkOf(SyncStatus sync) {
  switch (sync) {
    case SyncStatus::kSynced:
      return Ink::kGreen;
    case SyncStatus::kOutOfSync:
      return Ink::kYellow;
    case SyncStatus::kUnknown:
      break;
  }
  return Ink::kDim;
}

Ink InkOf(Health health) {
  switch (health) {
    case Health::kHealthy:
      return Ink::kGreen;
    case Health::kSuspended:
    case Health::kProgressing:
      return Ink::kYellow;
    case Health::kMissing:
    case Health::kDegraded:
      return Ink::kRed;
    case Health::kUnknown:
      break;
  }
  return Ink::kDim;
}

Ink InkOf(RunStatus status) {
  switch (status) {
    case RunStatus::kSucceeded:
      return Ink::kGreen;
    case RunStatus::kFailed:
      return Ink::kRed;
    case RunStatus::kRunning:
    case RunStatus::kCancelled:
      break;
  }
  return Ink::kYellow;
}

/// What runs on the machine: the applied revision, or the wanted one of an app that never ran.
std::string ShownRevision(const AppRecord& record) {
  if (!record.applied_revision.commit.IsZero()) return record.applied_revision.Short();
  return record.revision.commit.IsZero() ? std::string() : record.revision.Short();
}

std::string ShownSnapshot(const AppRecord& record) {
  if (record.current_snapshot == 0) return "";
  const bool pinned = record.pinned_snapshot != 0;
  return std::to_string(record.current_snapshot) + (pinned ? " (pinned)" : "");
}

std::string ShownReason(const AppStatus& status) {
  const AppRecord& record = status.record;
  if (record.suspension) return "suspended: " + record.suspension->reason;
  const bool drifted = status.drift && HasDrifted(status.drift->verdict);
  if (!drifted) return record.reason;
  return std::string(ToString(status.drift->verdict)) +
         (record.reason.empty() ? "" : "; " + record.reason);
}

/// "drifted, seen 3m ago: app.files drifted: the file index.html was changed".
std::string ShownDrift(const AppDrift& drift, WallTime now) {
  std::string text = drift.verdict == DriftVerdict::kInSync ? std::string("none")
                                                            : std::string(ToString(drift.verdict));
  text += ", seen " + Ago(drift.checked, now);
  for (const StepDrift& step : drift.steps) {
    if (!HasDrifted(step.verdict)) continue;
    text += ": " + step.address.ToString() + " " + std::string(ToString(step.verdict));
    return step.detail.empty() ? text : text + ": " + step.detail;
  }
  return text;
}

/// Lines of "label  text" with aligned texts; empty texts are left out.
class Facts {
 public:
  explicit Facts(const RenderOptions& options) : options_(options) {}

  void Add(std::string_view label, const std::string& text, Ink ink = Ink::kPlain) {
    if (text.empty()) return;
    std::string padded(label);
    padded.resize(std::max<std::size_t>(label.size() + 1, 13), ' ');
    text_ += padded + Painter(options_).Paint(ink, EscapeLine(text)) + "\n";
  }
  const std::string& text() const { return text_; }

 private:
  const RenderOptions& options_;
  std::string text_;
};

std::string JoinWords(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string SourceErrors(const std::vector<SourceReport>& sources, const RenderOptions& options) {
  std::string text;
  for (const SourceReport& source : sources) {
    if (!source.error) continue;
    text += "\nsource " + source.name + ": the last good state stays in force\n" +
            RenderError(*source.error, options);
  }
  return text;
}

std::string SnapshotsTable(const std::vector<Snapshot>& snapshots, int current, int pinned,
                           WallTime now, const RenderOptions& options) {
  TextTable table({"SNAPSHOT", "REVISION", "MADE", "RUN", "STATE"});
  for (const Snapshot& snapshot : snapshots) {
    std::vector<std::string> marks;
    marks.emplace_back(snapshot.healthy ? "healthy" : "not healthy");
    if (snapshot.number == current) marks.emplace_back("current");
    if (snapshot.number == pinned) marks.emplace_back("pinned");
    table.AddRow({{std::to_string(snapshot.number)},
                  {snapshot.revision.Short()},
                  {Ago(snapshot.created_at, now)},
                  {snapshot.run == 0 ? "" : std::to_string(snapshot.run)},
                  {JoinWords(marks), snapshot.healthy ? Ink::kGreen : Ink::kRed}});
  }
  return table.empty() ? std::string() : "\n" + table.Render(options);
}

std::string ShownPlan(const Run& run) {
  std::string text(ToString(run.plan.kind));
  if (run.plan.kind == PlanKind::kRollback && run.plan.to_snapshot != 0) {
    text += " to " + std::to_string(run.plan.to_snapshot);
  }
  return text;
}

std::string ShownResult(const Run& run) {
  if (run.error) return run.error->primary().summary;
  const std::size_t count = run.plan.actions.size();
  return std::to_string(count) + (count == 1 ? " action" : " actions");
}

}  // namespace

std::string Ago(WallTime time, WallTime now) {
  if (time > now) return FormatTimestamp(time);
  const auto age = now - time;
  if (age < std::chrono::seconds(1)) return "just now";
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(age);
  if (seconds < std::chrono::minutes(1)) return std::to_string(seconds.count()) + "s ago";
  return FormatDuration(seconds) + " ago";
}

std::string StatusText(const StatusReport& report, const RenderOptions& options) {
  TextTable table({"APP", "SYNC", "HEALTH", "REVISION", "SNAPSHOT", "REASON"});
  table.Reserve(report.apps.size());
  for (const AppStatus& status : report.apps) {
    const AppRecord& record = status.record;
    table.AddRow({{record.id.ToString()},
                  {std::string(ToString(record.sync)), InkOf(record.sync)},
                  {std::string(ToString(record.health)), InkOf(record.health)},
                  {ShownRevision(record)},
                  {ShownSnapshot(record)},
                  {ShownReason(status)}});
  }
  if (!table.empty()) return table.Render(options) + SourceErrors(report.sources, options);
  if (report.sources.empty()) {
    return "No apps yet. Bring one up from a directory: tfgrid-compose up ./my-app\n"
           "or name a Git repository in reconciler.yaml, then: tfgrid-compose reconcile\n";
  }
  return "No apps yet. Look at the sources: tfgrid-compose reconcile\n" +
         SourceErrors(report.sources, options);
}

std::string AppStatusText(const AppStatus& status, WallTime now, const RenderOptions& options) {
  const AppRecord& record = status.record;
  Facts facts(options);
  facts.Add("App", record.id.ToString(), Ink::kBold);
  facts.Add("Sync", std::string(ToString(record.sync)), InkOf(record.sync));
  facts.Add("Health", std::string(ToString(record.health)), InkOf(record.health));
  if (status.drift) {
    facts.Add("Drift", ShownDrift(*status.drift, now),
              HasDrifted(status.drift->verdict) ? Ink::kYellow : Ink::kPlain);
  }
  facts.Add("Reason", record.reason);
  facts.Add("Verdict", std::string(ToString(status.verdict)));
  facts.Add("Source",
            record.directory.empty() ? record.source : record.source + ", in " + record.directory);
  facts.Add("Wanted", record.revision.ToString());
  facts.Add("Applied", record.applied_revision.ToString());
  facts.Add("Pattern", record.pattern);
  facts.Add("Depends on", JoinWords(record.depends_on));
  facts.Add("Snapshot", ShownSnapshot(record));
  facts.Add("Last run", record.last_run == 0 ? "" : std::to_string(record.last_run));
  if (record.suspension) {
    const Suspension& suspension = *record.suspension;
    const std::string by = suspension.by.empty() ? "" : " by " + suspension.by;
    facts.Add("Suspended", Ago(suspension.since, now) + by + ": " + suspension.reason,
              Ink::kYellow);
  }
  if (record.retry) {
    const std::string next = record.retry->next
                                 ? "next try at " + FormatTimestamp(*record.retry->next)
                                 : std::string("parked until its input changes");
    facts.Add("Retry",
              next + ", after " + std::to_string(record.retry->attempts) +
                  (record.retry->attempts == 1 ? " attempt" : " attempts"),
              Ink::kYellow);
  }
  for (const std::string& digest : record.rejected) {
    facts.Add("Rejected", digest.substr(0, 12) + ": not applied again; tfgrid-compose resume " +
                              record.id.ToString() + " lifts it");
  }
  std::string text = facts.text();
  if (!record.diagnostics.empty()) text += "\n";
  for (const Diagnostic& diagnostic : record.diagnostics) {
    text += RenderDiagnostic(diagnostic, options);
  }
  return text + SnapshotsTable(status.snapshots, record.current_snapshot, record.pinned_snapshot,
                               now, options);
}

std::string HistoryText(const HistoryReport& report, WallTime now, const RenderOptions& options) {
  if (report.runs.empty() && report.snapshots.empty()) {
    return EscapeLine(report.app.ToString()) + " never ran.\n";
  }
  TextTable table(
      {"RUN", "STATUS", "PLAN", "TRIGGER", "REVISION", "SNAPSHOT", "STARTED", "TOOK", "RESULT"});
  for (const Run& run : report.runs) {
    table.AddRow({{std::to_string(run.id)},
                  {std::string(ToString(run.status)), InkOf(run.status)},
                  {ShownPlan(run)},
                  {std::string(ToString(run.trigger))},
                  {run.plan.revision.Short()},
                  {run.snapshot == 0 ? "" : std::to_string(run.snapshot)},
                  {Ago(run.started, now)},
                  {run.finished ? FormatDuration(*run.finished - run.started) : ""},
                  {ShownResult(run)}});
  }
  std::string text = table.empty() ? std::string() : table.Render(options);
  text += SnapshotsTable(report.snapshots, report.current_snapshot, report.pinned_snapshot, now,
                         options);
  if (!report.rejected.empty()) {
    text += "\nRejected, not applied again (tfgrid-compose resume " +
            EscapeLine(report.app.ToString()) + " lifts it):\n";
    for (const std::string& digest : report.rejected) {
      text += "  " + EscapeLine(digest.substr(0, 12)) + "\n";
    }
  }
  return text;
}

}  // namespace gitops
