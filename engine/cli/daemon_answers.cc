#include "engine/cli/daemon_answers.h"

#include <array>

#include "engine/base/timestamp.h"
#include "engine/cli/answer_reader.h"
#include "engine/reconcile/kept_view.h"

namespace gitops {
namespace {

std::optional<Progress::Kind> ParseProgressKind(std::string_view text) {
  using Kind = Progress::Kind;
  constexpr std::array<std::pair<std::string_view, Kind>, 6> kKinds{{
      {"sourceStarted", Kind::kSourceStarted},
      {"sourceFinished", Kind::kSourceFinished},
      {"appStarted", Kind::kAppStarted},
      {"actionStarted", Kind::kActionStarted},
      {"actionFinished", Kind::kActionFinished},
      {"appFinished", Kind::kAppFinished},
  }};
  for (const auto& [name, kind] : kKinds) {
    if (name == text) return kind;
  }
  return std::nullopt;
}

void ReadChange(AnswerReader& reader, Change& change) {
  change.path = reader.Text("path");
  change.from = reader.OptionalText("from");
  change.to = reader.OptionalText("to");
}

void ReadAction(AnswerReader& reader, ActionReport& action) {
  reader.Name("phase", action.address.phase, ParsePhase);
  action.address.step = reader.Text("step");
  action.address.host = reader.TextOrNull("host");
  reader.Name("kind", action.kind, ParseActionKind);
  const bool reasoned =
      reader.Object("reason", action.reason, [](AnswerReader& of, Reason& reason) {
        of.Name("code", reason.code, ParseReasonCode);
        reason.text = of.Text("text");
      });
  if (!reasoned) reader.Fail();
  action.changes = reader.Items<Change>("changes", ReadChange);
  action.guard = reader.TextOrNull("guard");
  reader.Name("status", action.status, ParseActionStatus);
  if (const auto taken = reader.OptionalNumber("durationMs")) {
    action.duration = std::chrono::milliseconds(*taken);
  }
}

void ReadSource(AnswerReader& reader, SourceReport& source) {
  source.name = reader.Text("name");
  source.url = reader.TextOrNull("url");
  source.environment = reader.TextOrNull("environment");
  ReadRevision(reader, "revision", source.revision);
  source.changed = reader.Flag("changed");
  reader.Object("error", source.error, ReadError);
  source.warnings = reader.Items<Diagnostic>("warnings", ReadDiagnostic);
}

/// The members that an app has in every answer.
template <typename App>
void ReadHead(AnswerReader& reader, App& app, Verdict& verdict) {
  app.source = reader.TextOrNull("source");
  ReadRevision(reader, "revision", app.revision);
  ReadRevision(reader, "appliedRevision", app.applied_revision);
  reader.Name("verdict", verdict, ParseVerdict);
  reader.Name("sync", app.sync, ParseSyncStatus);
  reader.Name("health", app.health, ParseHealth);
  app.reason = reader.TextOrNull("reason");
}

void ReadApp(AnswerReader& reader, AppReport& app) {
  app.app.name = reader.Text("app");
  app.app.environment = reader.Text("environment");
  ReadHead(reader, app, app.verdict);
  app.changes = reader.Items<Change>("changes", ReadChange);
  app.actions = reader.Items<ActionReport>("actions", ReadAction);
  reader.Name("plan", app.plan_kind, ParsePlanKind);
  app.to_snapshot = static_cast<int>(reader.NumberOrNull("toSnapshot"));
  app.run = reader.NumberOrNull("run");
  app.snapshot = static_cast<int>(reader.NumberOrNull("snapshot"));
  app.failed = reader.Flag("failed");
  app.rolled_back = reader.Flag("rolledBack");
  app.diagnostics = reader.Items<Diagnostic>("diagnostics", ReadDiagnostic);
  app.log_tail = reader.Texts("logTail");
}

void ReadReport(AnswerReader& reader, const AppViewer& view, ReconcileReport& report) {
  report.dry_run = reader.Flag("dryRun");
  report.sources = reader.Items<SourceReport>("sources", ReadSource);
  report.apps = reader.Items<AppReport>("apps", [&](AnswerReader& of, AppReport& app) {
    ReadApp(of, app);
    if (view && !app.actions.empty()) KeepView(app, view);
  });
  std::int64_t unchanged = 0;
  reader.Object("summary", unchanged,
                [](AnswerReader& of, std::int64_t& count) { count = of.Number("unchanged"); });
  report.unchanged = static_cast<std::size_t>(unchanged);
  report.diagnostics = reader.Items<Diagnostic>("diagnostics", ReadDiagnostic);
}

void ReadStats(AnswerReader& reader, CounterValues& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<std::uint64_t>(reader.NumberOrNull(kCounterNames[i].key));
  }
}

void ReadProgress(AnswerReader& reader, std::pair<std::uint64_t, Progress>& line) {
  line.first = static_cast<std::uint64_t>(reader.Number("number"));
  reader.Name("kind", line.second.kind, ParseProgressKind);
  line.second.subject = reader.Text("subject");
  line.second.step = reader.TextOrNull("step");
  line.second.detail = reader.TextOrNull("detail");
  line.second.failed = reader.Flag("failed");
}

void ReadAnswer(AnswerReader& reader, const AppViewer& view, OperationAnswer& answer) {
  answer.id = reader.Number("id");
  answer.state = reader.Text("state");
  answer.asked_at = reader.Text("askedAt");
  reader.Object("error", answer.error, ReadError);
  ReconcileReport report;
  const auto read = [&](AnswerReader& of, ReconcileReport& into) { ReadReport(of, view, into); };
  if (reader.Object("report", report, read)) answer.report = std::move(report);
  answer.progress = reader.Items<std::pair<std::uint64_t, Progress>>("progress", ReadProgress);
  CounterValues stats{};
  if (reader.Object("stats", stats, ReadStats)) answer.stats = stats;
}

ErrorKind KindOf(int status) {
  if (status == 404) return ErrorKind::kNotFound;
  if (status == 409 || status == 412) return ErrorKind::kConflict;
  return status == 429 || status >= 500 ? ErrorKind::kTransient : ErrorKind::kInvalid;
}

WallTime ReadTime(AnswerReader& reader, std::string_view name) {
  const auto time = ParseTimestamp(reader.Text(name));
  if (!time) reader.Fail();
  return time.value_or(WallTime());
}

void ReadSnapshot(AnswerReader& reader, Snapshot& snapshot) {
  snapshot.number = static_cast<int>(reader.Number("number"));
  ReadRevision(reader, "revision", snapshot.revision);
  snapshot.created_at = ReadTime(reader, "createdAt");
  snapshot.healthy = reader.Flag("healthy");
  snapshot.run = reader.NumberOrNull("run");
}

void ReadSuspension(AnswerReader& reader, std::optional<Suspension>& suspension) {
  suspension.emplace();
  suspension->reason = reader.Text("reason");
  suspension->by = reader.TextOrNull("by");
  suspension->since = ReadTime(reader, "since");
}

void ReadRetry(AnswerReader& reader, std::optional<RetryState>& retry) {
  retry.emplace();
  retry->attempts = static_cast<int>(reader.Number("attempts"));
  if (!reader.TextOrNull("next").empty()) retry->next = ReadTime(reader, "next");
  reader.Name("kind", retry->kind, ParseErrorKind);
}

void ReadDrift(AnswerReader& reader, std::optional<AppDrift>& drift) {
  drift.emplace();
  reader.Name("verdict", drift->verdict, ParseDriftVerdict);
  drift->checked = ReadTime(reader, "checkedAt");
  drift->steps = reader.Items<StepDrift>("steps", [](AnswerReader& of, StepDrift& step) {
    of.Name("phase", step.address.phase, ParsePhase);
    step.address.step = of.Text("step");
    step.address.host = of.TextOrNull("host");
    of.Name("verdict", step.verdict, ParseDriftVerdict);
    step.detail = of.TextOrNull("detail");
  });
}

void ReadStatus(AnswerReader& reader, AppStatus& status) {
  AppRecord& record = status.record;
  record.id.name = reader.Text("app");
  record.id.environment = reader.Text("environment");
  ReadHead(reader, record, status.verdict);
  record.last_run = reader.NumberOrNull("run");
  record.current_snapshot = static_cast<int>(reader.NumberOrNull("snapshot"));
  record.pinned_snapshot = static_cast<int>(reader.NumberOrNull("pinned"));
  record.rejected = reader.Texts("rejected");
  reader.Object("suspended", record.suspension, ReadSuspension);
  reader.Object("retry", record.retry, ReadRetry);
  reader.Object("drift", status.drift, ReadDrift);
  record.pattern = reader.TextOrNull("pattern");
  record.directory = reader.TextOrNull("directory");
  record.depends_on = reader.Texts("dependsOn");
  record.diagnostics = reader.Items<Diagnostic>("diagnostics", ReadDiagnostic);
  status.snapshots = reader.Items<Snapshot>("snapshots", ReadSnapshot);
}

}  // namespace

Result<AppStatus> ReadAppAnswer(std::string_view json) {
  auto document = JsonDocument::Parse(json);
  if (!document) return NotUnderstood(document.error().primary().summary);
  AnswerReader reader(document->root());
  AppStatus status;
  const bool there = document->root().IsObject() && reader.Object("app", status, ReadStatus);
  if (!there || !reader.good()) return NotUnderstood("it is no app that this command knows");
  return status;
}

Result<OperationAnswer> ReadOperation(std::string_view json, const AppViewer& view) {
  auto document = JsonDocument::Parse(json);
  if (!document) return NotUnderstood(document.error().primary().summary);
  AnswerReader reader(document->root());
  OperationAnswer answer;
  const auto read = [&](AnswerReader& of, OperationAnswer& into) { ReadAnswer(of, view, into); };
  const bool there = document->root().IsObject() && reader.Object("operation", answer, read);
  if (!there || !reader.good()) return NotUnderstood("it is no operation that this command knows");
  if (answer.state == "done" && !answer.report) return NotUnderstood("a report is missing");
  if (answer.IsOver() && answer.state != "done" && !answer.error) {
    return NotUnderstood("an error is missing");
  }
  return answer;
}

Error ReadProblem(int status, std::string_view json) {
  if (status == 401) {
    return MakeError(ErrorKind::kInvalid, "the daemon does not know the token of this machine",
                     "it was revoked, or its file was replaced",
                     "restart the daemon, which makes a new one: systemctl restart tfgrid-compose");
  }
  const std::string number = "HTTP " + std::to_string(status);
  const auto document = JsonDocument::Parse(json);
  if (!document || !document->root().IsObject()) return NotUnderstood(number);
  AnswerReader reader(document->root());
  const std::string title = reader.TextOrNull("title");
  const std::string detail = reader.TextOrNull("detail");
  return MakeError(KindOf(status), title.empty() ? "the daemon refused it" : title,
                   detail.empty() ? number : detail, reader.TextOrNull("fix"));
}

}  // namespace gitops
