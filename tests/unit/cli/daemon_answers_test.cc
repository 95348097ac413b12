// What the daemon answers is read back as what it was written from; anything else is refused.
#include "engine/cli/daemon_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "differ/render.h"
#include "engine/model/documents.h"
#include "engine/model/json_writer.h"
#include "engine/server/api_document.h"

namespace gitops {
namespace {

using testing::HasSubstr;

Diagnostic Message(Severity severity) {
  return {severity, "unknown key", "\"colour\" is no key", "colour", {"web/a.yaml", 4, 1}, "color"};
}

AppReport FullApp() {
  AppReport app;
  app.app = {"production", "web"};
  app.source = "apps";
  app.revision = {"main", *ObjectId::FromHex(std::string(40, 'a'))};
  app.applied_revision = {"main", *ObjectId::FromHex(std::string(40, 'b'))};
  app.verdict = Verdict::kUpdate;
  app.sync = SyncStatus::kOutOfSync;
  app.health = Health::kDegraded;
  app.reason = "files.src changed";
  app.changes = {{"files.src", "1", std::nullopt}, {"environment.TZ", std::nullopt, ""}};
  ActionReport action;
  action.address = {Phase::kApp, "setup", "db"};
  action.kind = ActionKind::kRun;
  action.reason = {ReasonCode::kInputsChanged, "because \x1b[31m"};
  action.changes = app.changes;
  action.guard = "if outputs of infrastructure.host change";
  action.status = ActionStatus::kFailed;
  action.duration = std::chrono::milliseconds(1234);
  app.actions = {action, ActionReport{}};
  app.plan_kind = PlanKind::kRollback;
  app.to_snapshot = 3;
  app.run = 17;
  app.failed = app.rolled_back = true;
  app.snapshot = 4;
  app.diagnostics = {Message(Severity::kError), Message(Severity::kNote)};
  app.log_tail = {"one", "\"two\""};
  return app;
}

ReconcileReport FullReport() {
  ReconcileReport report;
  report.dry_run = true;
  SourceReport source;
  source.name = "apps";
  source.url = "https://example.org/apps.git";
  source.environment = "production";
  source.revision = {"main", *ObjectId::FromHex(std::string(40, 'c'))};
  source.changed = true;
  source.warnings = {Message(Severity::kWarning)};
  SourceReport broken;
  broken.name = "more";
  broken.error = Error(ErrorKind::kTransient,
                       Diagnostics{Message(Severity::kError), Message(Severity::kError)});
  report.sources = {source, broken};
  AppReport plain;
  plain.app = {"production", "db"};
  report.apps = {plain, FullApp()};
  report.unchanged = 5;
  report.diagnostics = {Message(Severity::kNote)};
  return report;
}

std::string DocumentOf(const ReconcileReport& report) {
  std::string text;
  JsonWriter writer(text);
  writer.BeginObject();
  WriteReconcileReport(writer, report);
  writer.EndObject();
  return text;
}

Ticket DoneTicket() {
  Ticket ticket;
  ticket.id = 12;
  ticket.state = TicketState::kDone;
  ticket.what = "reconcile";
  ticket.report = std::make_shared<const ReconcileReport>(FullReport());
  return ticket;
}

TEST(DaemonAnswers, AReportComesBackAsItWas) {
  const auto answer = ReadOperation(OperationBody(DoneTicket(), {}), {});
  ASSERT_TRUE(answer) << answer.error().ToString();
  EXPECT_EQ(answer->id, 12);
  EXPECT_TRUE(answer->IsOver());
  ASSERT_TRUE(answer->report);
  EXPECT_EQ(DocumentOf(*answer->report), DocumentOf(FullReport()));
  EXPECT_EQ(RenderReport(*answer->report), RenderReport(FullReport()));
  EXPECT_EQ(answer->report->sources[1].error, FullReport().sources[1].error);
  EXPECT_EQ(answer->report->HasFailures(), FullReport().HasFailures());
}

TEST(DaemonAnswers, AViewIsKeptInThePlaceOfActions) {
  const auto view = [](const AppReport& app) {
    return app.app.name + std::to_string(app.actions.size());
  };
  const auto answer = ReadOperation(OperationBody(DoneTicket(), {}), view);
  ASSERT_TRUE(answer);
  const AppReport& app = answer->report->apps[1];
  ASSERT_NE(app.view, nullptr);
  EXPECT_EQ(app.view->text, "web2");
  EXPECT_TRUE(app.actions.empty());
  EXPECT_EQ(answer->report->Summarise().actions, 2U);
}

TEST(DaemonAnswers, ErrorsProgressAndStats) {
  Ticket ticket = DoneTicket();
  ticket.state = TicketState::kFailed;
  ticket.report = nullptr;
  ticket.error = MakeError(ErrorKind::kNotFound, "no such app", "\"wep\"", "did you mean web?");
  OperationNews news;
  news.progress = {{7, {Progress::Kind::kActionFinished, "production/web", "app.setup", "x", true}},
                   {9, {Progress::Kind::kSourceStarted, "apps", "", "", false}}};
  news.stats = CounterValues{1, 2, 3};
  const auto answer = ReadOperation(OperationBody(ticket, news), {});
  ASSERT_TRUE(answer) << answer.error().ToString();
  EXPECT_EQ(answer->error, ticket.error);
  EXPECT_EQ(answer->stats, news.stats);
  ASSERT_EQ(answer->progress.size(), 2U);
  EXPECT_EQ(answer->progress[0].first, 7U);
  EXPECT_EQ(answer->progress[0].second.kind, Progress::Kind::kActionFinished);
  EXPECT_EQ(answer->progress[0].second.step, "app.setup");
  EXPECT_TRUE(answer->progress[0].second.failed);
  EXPECT_EQ(answer->progress[1].second.kind, Progress::Kind::kSourceStarted);
}

TEST(DaemonAnswers, WhatIsNoOperationIsRefused) {
  const std::string good = OperationBody(DoneTicket(), {});
  std::vector<std::string> bad{"",
                               "{",
                               "[]",
                               "null",
                               "{}",
                               R"({"operation":null})",
                               R"({"operation":[]})",
                               R"({"operation":{"id":1}})",
                               good.substr(0, good.size() / 2),
                               std::string(100'000, '[')};
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    bad.push_back(text.replace(at, from.size(), to));
  };
  changed("\"verdict\":\"update\"", "\"verdict\":\"explode\"");
  changed("\"phase\":\"app\"", "\"phase\":7");
  changed("\"apps\":[", "\"apps\":[7,");
  changed("\"logTail\":[\"one\"", "\"logTail\":[1");
  changed("\"revision\":\"main@", "\"revision\":\"ma");
  changed("\"severity\":\"note\"", "\"severity\":\"\"");
  changed("\"durationMs\":1234", "\"durationMs\":\"1234\"");
  changed("\"state\":\"done\"", "\"state\":\"failed\"");
  changed("\"report\":{", "\"repart\":{");
  for (const std::string& text : bad) {
    const auto answer = ReadOperation(text, {});
    ASSERT_FALSE(answer) << text.substr(0, 200);
    EXPECT_EQ(answer.error().primary().summary, "the daemon's answer is not understood");
    EXPECT_THAT(answer.error().primary().hint, HasSubstr("restart"));
  }
}

std::string DocumentOf(const AppStatus& status) {
  std::string text;
  JsonWriter writer(text);
  writer.BeginObject();
  writer.Key("app");
  WriteAppStatus(writer, status);
  writer.EndObject();
  return text;
}

AppStatus FullStatus() {
  AppStatus status;
  status.verdict = Verdict::kBlocked;
  AppRecord& record = status.record;
  record.id = {"production", "web"};
  record.source = "apps";
  record.directory = "web";
  record.revision = {"main", *ObjectId::FromHex(std::string(40, 'a'))};
  record.pattern = "single-vm";
  record.depends_on = {"db"};
  record.sync = SyncStatus::kOutOfSync;
  record.health = Health::kSuspended;
  record.reason = "lifted: suspension";
  record.diagnostics = {Message(Severity::kWarning)};
  record.current_snapshot = 3;
  record.pinned_snapshot = 2;
  record.rejected = {std::string(64, 'f')};
  record.suspension = Suspension{"moving", "ann", WallTime(std::chrono::milliseconds(1'234))};
  record.retry = RetryState{2, WallTime(std::chrono::seconds(9)), ErrorKind::kConflict, ""};
  record.last_run = 8;
  Snapshot snapshot;
  snapshot.number = 3;
  snapshot.revision = record.revision;
  snapshot.healthy = true;
  snapshot.created_at = WallTime(std::chrono::seconds(5));
  snapshot.run = 7;
  status.snapshots = {snapshot, Snapshot{}};
  status.drift.emplace();
  status.drift->verdict = DriftVerdict::kDrifted;
  status.drift->checked = WallTime(std::chrono::seconds(7));
  status.drift->steps = {
      {{Phase::kApp, "files", "node-1"}, DriftVerdict::kDrifted, "the file x was changed"},
      {{Phase::kApp, "setup", ""}, DriftVerdict::kUnknown, ""}};
  return status;
}

TEST(DaemonAnswers, AnAppComesBackAsItWas) {
  for (const AppStatus& status : {FullStatus(), AppStatus{}}) {
    const auto answer = ReadAppAnswer(AppBody(status));
    ASSERT_TRUE(answer) << answer.error().ToString();
    EXPECT_EQ(DocumentOf(*answer), DocumentOf(status));
  }
  std::string wrong = AppBody(FullStatus());
  wrong.replace(wrong.find("\"since\":\"19"), 11, "\"since\":\"xx");
  for (const std::string& text : {std::string("{}"), std::string(R"({"app":7})"), wrong}) {
    EXPECT_FALSE(ReadAppAnswer(text)) << text;
  }
}

TEST(DaemonAnswers, ProblemsBecomeErrors) {
  const Error error = ReadProblem(
      409, R"({"title":"in conflict","detail":"the app is suspended","fix":"resume it first"})");
  EXPECT_EQ(error.kind, ErrorKind::kConflict);
  EXPECT_EQ(error.primary().summary, "in conflict");
  EXPECT_EQ(error.primary().detail, "the app is suspended");
  EXPECT_EQ(error.primary().hint, "resume it first");
  EXPECT_EQ(ReadProblem(404, "{}").kind, ErrorKind::kNotFound);
  EXPECT_EQ(ReadProblem(503, "{}").kind, ErrorKind::kTransient);
  EXPECT_EQ(ReadProblem(422, "{}").kind, ErrorKind::kInvalid);
  EXPECT_THAT(ReadProblem(401, "<html>").primary().summary, HasSubstr("token"));
  EXPECT_THAT(ReadProblem(500, "<html>").ToString(), HasSubstr("HTTP 500"));
}

}  // namespace
}  // namespace gitops
