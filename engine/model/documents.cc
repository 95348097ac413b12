#include "engine/model/documents.h"

#include <algorithm>

#include "engine/base/timestamp.h"
#include "engine/model/document_list.h"
#include "engine/model/drift_documents.h"

namespace gitops {
namespace {

void WriteTime(DocumentWriter& writer, std::string_view name, const std::optional<WallTime>& time) {
  writer.Key(name);
  if (time) {
    writer.Text(FormatTimestamp(*time));
  } else {
    writer.Null();
  }
}

void WriteOptionalError(DocumentWriter& writer, std::string_view name,
                        const std::optional<Error>& error) {
  writer.Key(name);
  if (error) {
    WriteError(writer, *error);
  } else {
    writer.Null();
  }
}

void WriteAppNames(DocumentWriter& writer, const AppId& app) {
  writer.Member("app", app.name);
  writer.Member("environment", app.environment);
  writer.Member("id", app.ToString());
}

void WriteReason(DocumentWriter& writer, const Reason& reason) {
  writer.Key("reason");
  writer.BeginObject();
  writer.Member("code", ToString(reason.code));
  writer.Member("text", reason.text);
  writer.EndObject();
}

void WriteChanges(DocumentWriter& writer, const std::vector<Change>& changes) {
  const auto text = [&](std::string_view name, const std::optional<std::string>& value) {
    writer.Key(name);
    if (value) {
      writer.Text(*value);
    } else {
      writer.Null();
    }
  };
  WriteObjects(writer, "changes", changes, [&](const Change& change) {
    writer.Member("path", change.path);
    text("from", change.from);
    text("to", change.to);
  });
}

void WriteAddress(DocumentWriter& writer, const StepAddress& address) {
  writer.Member("phase", ToString(address.phase));
  writer.Member("step", address.step);
  writer.TextOrNull("host", address.host);
}

void WriteDuration(DocumentWriter& writer, std::string_view name,
                   const std::optional<std::chrono::milliseconds>& duration) {
  writer.Key(name);
  if (duration) {
    // Its ends are wall-clock times: the clock may have been set back between them.
    writer.Integer(std::max<std::int64_t>(0, duration->count()));
  } else {
    writer.Null();
  }
}

void WriteAction(DocumentWriter& writer, const ActionReport& action) {
  writer.BeginObject();
  WriteAddress(writer, action.address);
  writer.Member("kind", ToString(action.kind));
  WriteReason(writer, action.reason);
  WriteChanges(writer, action.changes);
  writer.TextOrNull("guard", action.guard);
  writer.Member("status", ToString(action.status));
  WriteDuration(writer, "durationMs", action.duration);
  writer.EndObject();
}

void WriteSource(DocumentWriter& writer, const SourceReport& source) {
  writer.BeginObject();
  writer.Member("name", source.name);
  writer.Member("url", source.url);
  writer.Member("environment", source.environment);
  writer.TextOrNull("revision", source.revision.ToString());
  writer.Member("changed", source.changed);
  WriteOptionalError(writer, "error", source.error);
  writer.Key("warnings");
  WriteDiagnostics(writer, source.warnings);
  writer.EndObject();
}

/// The members that reconcile, status and explain have in common.
struct AppHead {
  const AppId& app;
  std::string_view source;
  const Revision& revision;
  const Revision& applied_revision;
  Verdict verdict;
  SyncStatus sync;
  Health health;
  std::string_view reason;
};

void WriteHead(DocumentWriter& writer, const AppHead& head) {
  WriteAppNames(writer, head.app);
  writer.TextOrNull("source", head.source);
  writer.TextOrNull("revision", head.revision.ToString());
  writer.TextOrNull("appliedRevision", head.applied_revision.ToString());
  writer.Member("verdict", ToString(head.verdict));
  writer.Member("sync", ToString(head.sync));
  writer.Member("health", ToString(head.health));
  writer.TextOrNull("reason", head.reason);
}

void WriteAppMembers(DocumentWriter& writer, const AppReport& app) {
  WriteHead(writer, {app.app, app.source, app.revision, app.applied_revision, app.verdict, app.sync,
                     app.health, app.reason});
  WriteChanges(writer, app.changes);
  WriteList(writer, "actions", app.actions,
            [&](const ActionReport& action) { WriteAction(writer, action); });
  writer.Member("plan", ToString(app.plan_kind));
  writer.NumberOrNull("toSnapshot", app.to_snapshot);
  writer.NumberOrNull("run", app.run);
  writer.NumberOrNull("snapshot", app.snapshot);
  writer.Member("failed", app.failed);
  writer.Member("rolledBack", app.rolled_back);
  writer.Key("diagnostics");
  WriteDiagnostics(writer, app.diagnostics);
  writer.Texts("logTail", app.log_tail);
}

void WriteSuspension(DocumentWriter& writer, const std::optional<Suspension>& suspension) {
  writer.Key("suspended");
  if (!suspension) return writer.Null();
  writer.BeginObject();
  writer.Member("reason", suspension->reason);
  writer.TextOrNull("by", suspension->by);
  writer.Member("since", FormatTimestamp(suspension->since));
  writer.EndObject();
}

void WriteRetry(DocumentWriter& writer, const std::optional<RetryState>& retry) {
  writer.Key("retry");
  if (!retry) return writer.Null();
  writer.BeginObject();
  writer.Count("attempts", static_cast<std::size_t>(retry->attempts));
  WriteTime(writer, "next", retry->next);
  writer.Member("kind", ToString(retry->kind));
  writer.EndObject();
}

std::string_view StepVerdictName(StepVerdict verdict) {
  switch (verdict) {
    case StepVerdict::kUnchanged:
      return "unchanged";
    case StepVerdict::kAdded:
      return "added";
    case StepVerdict::kChanged:
      return "changed";
    case StepVerdict::kRemoved:
      break;
  }
  return "removed";
}

}  // namespace

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNote:
      break;
  }
  return "note";
}

void WriteDiagnostics(DocumentWriter& writer, const Diagnostics& diagnostics) {
  writer.BeginList();
  for (const Diagnostic& diagnostic : diagnostics) {
    writer.BeginObject();
    writer.Member("severity", SeverityName(diagnostic.severity));
    writer.Member("summary", diagnostic.summary);
    writer.TextOrNull("detail", diagnostic.detail);
    writer.TextOrNull("subject", diagnostic.subject);
    writer.TextOrNull("file", diagnostic.location.file);
    writer.NumberOrNull("line", diagnostic.location.line);
    writer.NumberOrNull("column", diagnostic.location.column);
    writer.TextOrNull("hint", diagnostic.hint);
    writer.EndObject();
  }
  writer.EndList();
}

void WriteError(DocumentWriter& writer, const Error& error) {
  writer.BeginObject();
  writer.Member("kind", ToString(error.kind));
  writer.Key("diagnostics");
  WriteDiagnostics(writer, error.diagnostics);
  writer.EndObject();
}

void WriteSources(DocumentWriter& writer, const std::vector<SourceReport>& sources) {
  WriteList(writer, "sources", sources,
            [&](const SourceReport& source) { WriteSource(writer, source); });
}

void WriteSnapshots(DocumentWriter& writer, const std::vector<Snapshot>& snapshots) {
  WriteObjects(writer, "snapshots", snapshots, [&](const Snapshot& snapshot) {
    writer.Count("number", static_cast<std::size_t>(snapshot.number));
    writer.TextOrNull("revision", snapshot.revision.ToString());
    writer.Member("createdAt", FormatTimestamp(snapshot.created_at));
    writer.Member("healthy", snapshot.healthy);
    writer.NumberOrNull("run", snapshot.run);
  });
}

void WriteRun(DocumentWriter& writer, const Run& run) {
  writer.BeginObject();
  writer.Member("number", std::int64_t{run.id});
  writer.Member("plan", ToString(run.plan.kind));
  writer.Member("trigger", ToString(run.trigger));
  writer.Member("status", ToString(run.status));
  writer.TextOrNull("revision", run.plan.revision.ToString());
  writer.NumberOrNull("snapshot", run.snapshot);
  writer.NumberOrNull("toSnapshot", run.plan.to_snapshot);
  writer.Member("started", FormatTimestamp(run.started));
  WriteTime(writer, "finished", run.finished);
  std::optional<std::chrono::milliseconds> duration;
  if (run.finished) duration = *run.finished - run.started;
  WriteDuration(writer, "durationMs", duration);
  WriteOptionalError(writer, "error", run.error);
  writer.Key("actions");
  writer.BeginList();
  for (std::size_t i = 0; i < run.plan.actions.size(); ++i) {
    const Action& action = run.plan.actions[i];
    writer.BeginObject();
    WriteAddress(writer, action.step.address);
    writer.Member("kind", ToString(action.kind));
    WriteReason(writer, action.reason);
    const ActionRecord record = i < run.actions.size() ? run.actions[i] : ActionRecord{};
    writer.Member("status", ToString(record.status));
    std::optional<std::chrono::milliseconds> taken;
    if (record.started && record.finished) taken = *record.finished - *record.started;
    WriteDuration(writer, "durationMs", taken);
    WriteOptionalError(writer, "error", record.error);
    writer.EndObject();
  }
  writer.EndList();
  writer.EndObject();
}

void WriteAppHead(DocumentWriter& writer, const AppStatus& status) {
  const AppRecord& record = status.record;
  writer.BeginObject();
  WriteHead(writer, {record.id, record.source, record.revision, record.applied_revision,
                     status.verdict, record.sync, record.health, record.reason});
  writer.NumberOrNull("run", record.last_run);
  writer.NumberOrNull("snapshot", record.current_snapshot);
  writer.NumberOrNull("pinned", record.pinned_snapshot);
  writer.Member("serial", static_cast<std::int64_t>(record.recorded_serial));
  writer.Member("suspended", record.suspension.has_value());
  writer.EndObject();
}

void WriteReconcileReport(DocumentWriter& writer, const ReconcileReport& report) {
  writer.Member("dryRun", report.dry_run);
  WriteSources(writer, report.sources);
  WriteObjects(writer, "apps", report.apps,
               [&](const AppReport& app) { WriteAppMembers(writer, app); });
  const ReconcileReport::Summary summary = report.Summarise();
  writer.Key("summary");
  writer.BeginObject();
  writer.Count("create", summary.create);
  writer.Count("update", summary.update);
  writer.Count("delete", summary.removed);
  writer.Count("unchanged", summary.unchanged);
  writer.Count("blocked", summary.blocked);
  writer.Count("invalid", summary.invalid);
  writer.Count("orphaned", summary.orphaned);
  writer.Count("actions", summary.actions);
  writer.Count("failed", summary.failed);
  writer.EndObject();
  writer.Key("diagnostics");
  WriteDiagnostics(writer, report.diagnostics);
}

void WriteAppStatus(DocumentWriter& writer, const AppStatus& status) {
  const AppRecord& record = status.record;
  writer.BeginObject();
  WriteHead(writer, {record.id, record.source, record.revision, record.applied_revision,
                     status.verdict, record.sync, record.health, record.reason});
  writer.NumberOrNull("run", record.last_run);
  writer.NumberOrNull("snapshot", record.current_snapshot);
  writer.NumberOrNull("pinned", record.pinned_snapshot);
  writer.Texts("rejected", record.rejected);
  WriteSuspension(writer, record.suspension);
  WriteRetry(writer, record.retry);
  WriteKeptDrift(writer, status.drift);
  writer.TextOrNull("pattern", record.pattern);
  writer.TextOrNull("directory", record.directory);
  writer.Texts("dependsOn", record.depends_on);
  writer.Key("diagnostics");
  WriteDiagnostics(writer, record.diagnostics);
  WriteSnapshots(writer, status.snapshots);
  writer.EndObject();
}

void WriteStatusReport(DocumentWriter& writer, const StatusReport& report) {
  WriteSources(writer, report.sources);
  WriteList(writer, "apps", report.apps,
            [&](const AppStatus& status) { WriteAppStatus(writer, status); });
}

void WriteExplainReport(DocumentWriter& writer, const ExplainReport& report) {
  WriteAppMembers(writer, report.app);
  WriteObjects(writer, "steps", report.steps, [&](const StepDiff& step) {
    WriteAddress(writer, step.address);
    writer.Member("verdict", StepVerdictName(step.verdict));
    WriteReason(writer, step.reason);
    WriteChanges(writer, step.changes);
  });
  writer.Texts("inputsFrom", report.inputs_from);
}

void WriteHistoryReport(DocumentWriter& writer, const HistoryReport& report) {
  WriteAppNames(writer, report.app);
  writer.NumberOrNull("snapshot", report.current_snapshot);
  writer.NumberOrNull("pinned", report.pinned_snapshot);
  writer.Texts("rejected", report.rejected);
  WriteList(writer, "runs", report.runs, [&](const Run& run) { WriteRun(writer, run); });
  WriteSnapshots(writer, report.snapshots);
}

}  // namespace gitops
