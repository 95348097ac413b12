#include "differ/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "differ/describe.h"
#include "differ/planner.h"
#include "tests/unit/differ/app_states.h"

namespace gitops {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Bytes that steer a terminal or hide what follows, in every field that can carry text of users.
const std::string kHostile = "x\x1b[31m\x07\r\nfake\tline \xe2\x80\xae\xff\x9b";

Diagnostic HostileDiagnostic() {
  Diagnostic diagnostic;
  diagnostic.summary = kHostile;
  diagnostic.detail = kHostile;
  diagnostic.subject = kHostile;
  diagnostic.hint = kHostile;
  diagnostic.location = {kHostile, 1, 1};
  return diagnostic;
}

AppReport HostileApp() {
  AppReport app;
  app.app = {"production" + kHostile, "api" + kHostile};
  app.revision = {"main" + kHostile, *ObjectId::FromHex(std::string(40, '1'))};
  app.applied_revision = {"old" + kHostile, *ObjectId::FromHex(std::string(40, '2'))};
  app.verdict = Verdict::kUpdate;
  app.reason = kHostile;
  app.run = 3;
  app.failed = true;
  ActionReport action;
  action.address = {Phase::kApp, "setup" + kHostile, "host" + kHostile};
  action.reason = {ReasonCode::kInputsChanged, kHostile};
  action.changes = {{kHostile, kHostile, kHostile + "2"}, {kHostile + "3", std::nullopt, kHostile}};
  action.status = ActionStatus::kFailed;
  app.actions = {action, action};
  app.actions[1].guard = kHostile;
  app.diagnostics = {HostileDiagnostic()};
  app.log_tail = {kHostile};
  return app;
}

ReconcileReport HostileReport() {
  ReconcileReport report;
  SourceReport source;
  source.name = kHostile;
  source.url = kHostile;
  source.revision = {kHostile, *ObjectId::FromHex(std::string(40, '1'))};
  source.error = Error(ErrorKind::kTransient, HostileDiagnostic());
  source.warnings = {HostileDiagnostic()};
  report.sources = {source};
  report.apps = {HostileApp()};
  report.diagnostics = {HostileDiagnostic()};
  return report;
}

ExplainReport HostileExplain() {
  ExplainReport report;
  report.app = HostileApp();
  StepDiff step;
  step.address = {Phase::kApp, "other" + kHostile, ""};
  step.verdict = StepVerdict::kChanged;
  step.changes = {{kHostile, kHostile, std::nullopt}};
  step.reason = {ReasonCode::kInputsChanged, kHostile};
  report.steps = {step};
  report.inputs_from = {kHostile};
  return report;
}

void ExpectHarmless(const std::string& text) {
  EXPECT_THAT(text, HasSubstr("\\x1b[31m"));
  for (const char* bad : {"\x1b", "\x07", "\r", "\xe2\x80\xae", "\xff", "\x9b"}) {
    EXPECT_THAT(text, Not(HasSubstr(bad)));
  }
}

TEST(RenderTest, NothingOfAReportSteersTheTerminal) {
  for (const bool verbose : {false, true}) {
    for (const int width : {0, 40}) {
      RenderOptions options;
      options.verbose = verbose;
      options.width = width;
      ExpectHarmless(RenderReport(HostileReport(), options));
      ExpectHarmless(RenderExplain(HostileExplain(), options));
      ExpectHarmless(RenderDiagnostic(HostileDiagnostic(), options));
    }
  }
}

/// `text` without colours.
std::string Plain(std::string text) {
  for (std::size_t at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b')) {
    text.erase(at, text.find('m', at) - at + 1);
  }
  return text;
}

AppReport MoreMemory() {
  DesiredState desired = testing::SmallApp();
  const RecordedState recorded = testing::RecordOf(desired);
  testing::SetInput(desired, "infrastructure.host", "variables.memory", "8192");
  const Plan plan = *BuildPlan(desired, recorded);
  AppReport app;
  app.app = desired.app;
  app.verdict = VerdictOf(plan, recorded);
  app.reason = DescribePlan(plan, recorded);
  app.actions = DescribeActions(plan);
  return app;
}

TEST(RenderTest, ColoursChangeNoWord) {
  RenderOptions colours;
  colours.color = true;
  colours.width = 72;
  RenderOptions plain = colours;
  plain.color = false;
  const std::string text = RenderApp(MoreMemory(), plain);
  EXPECT_NE(RenderApp(MoreMemory(), colours), text);
  EXPECT_EQ(Plain(RenderApp(MoreMemory(), colours)), text);
}

TEST(RenderTest, WhatFailedIsRedAndWhatIsNewIsGreen) {
  RenderOptions colours;
  colours.color = true;
  AppReport app = MoreMemory();
  app.run = 1;  // It was carried out.
  for (ActionReport& action : app.actions) action.status = ActionStatus::kSucceeded;
  const std::string red = "\x1b[31m";
  const auto reds = [&](const AppReport& report) {
    const std::string text = RenderApp(report, colours);
    std::size_t count = 0;
    for (std::size_t at = text.find(red); at != std::string::npos; at = text.find(red, at + 1)) {
      ++count;
    }
    return count;
  };
  const std::size_t before = reds(app);
  for (const ActionStatus status : {ActionStatus::kFailed, ActionStatus::kUnknown}) {
    app.actions.back().status = status;
    EXPECT_GT(reds(app), before) << ToString(status);
  }
  app.actions.front().changes = {{"variables.disk", std::nullopt, "50"}};
  EXPECT_NE(RenderApp(app, colours).find("\x1b[32m+\x1b["), std::string::npos)
      << RenderApp(app, colours);
}

TEST(RenderTest, AVerdictHasTheColourOfWhatItDoes) {
  RenderOptions colours;
  colours.color = true;
  const std::pair<Verdict, std::string> table[] = {
      {Verdict::kCreate, "\x1b[32mcreate"},     {Verdict::kUpdate, "\x1b[33mupdate"},
      {Verdict::kDelete, "\x1b[31mdelete"},     {Verdict::kInvalid, "\x1b[31minvalid"},
      {Verdict::kOrphaned, "\x1b[35morphaned"}, {Verdict::kBlocked, "\x1b[35mblocked"},
      {Verdict::kUnchanged, "\x1b[2munchanged"}};
  for (const auto& [verdict, text] : table) {
    AppReport app;
    app.app = {"default", "web"};
    app.verdict = verdict;
    EXPECT_THAT(RenderApp(app, colours), HasSubstr(text));
  }
}

TEST(RenderTest, TheNameOfASourceStandsOut) {
  RenderOptions colours;
  colours.color = true;
  ReconcileReport report;
  SourceReport source;
  source.name = "apps";
  source.url = "https://example.org/apps.git";
  source.changed = true;
  report.sources = {source};
  EXPECT_THAT(RenderReport(report, colours),
              HasSubstr("\x1b[1msource apps\x1b[0m  https://example.org/apps.git"));
}

TEST(RenderTest, AsciiIsAscii) {
  RenderOptions ascii;
  ascii.unicode = false;
  AppReport app = MoreMemory();
  app.actions[0].kind = ActionKind::kReplace;
  app.log_tail = {"line"};
  for (const char c : RenderApp(app, ascii)) {
    ASSERT_LT(static_cast<unsigned char>(c), 0x80) << RenderApp(app, ascii);
  }
}

TEST(RenderTest, LinesKeepToTheWidth) {
  RenderOptions options;
  options.width = 72;
  AppReport app = MoreMemory();
  app.actions[0].changes[0].from = std::string(300, 'a');
  app.actions[0].changes[0].to = std::string(299, 'a') + "b";
  app.actions[0].reason.text = "a long reason that says a lot and does not fit beside its step";
  std::string line;
  for (const char c : RenderApp(app, options)) {
    if (c != '\n') {
      // Count code points, not bytes.
      if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) line += c;
      continue;
    }
    EXPECT_LE(line.size(), 72U) << line;
    line.clear();
  }
}

TEST(RenderTest, AFieldIsShownOnceUnlessVerbose) {
  AppReport app = MoreMemory();
  app.actions[1].changes = app.actions[0].changes;
  const auto count = [&app](bool verbose) {
    RenderOptions options;
    options.verbose = verbose;
    const std::string text = RenderApp(app, options);
    std::size_t found = 0;
    for (std::size_t at = text.find("4096"); at != std::string::npos;
         at = text.find("4096", at + 1))
      ++found;
    return found;
  };
  EXPECT_EQ(count(false), 1U);
  EXPECT_EQ(count(true), 2U);
}

TEST(RenderSummaryTest, SaysPlannedOrApplied) {
  ReconcileReport report;
  report.apps = {MoreMemory()};
  report.unchanged = 9;
  report.dry_run = true;
  EXPECT_EQ(RenderSummary(report), "Plan: 1 to update; 6 actions (4 only if needed); 9 unchanged.");
  report.dry_run = false;
  EXPECT_EQ(RenderSummary(report), "Applied: 1 waiting; 9 unchanged.");
  report.apps[0].run = 3;
  for (ActionReport& action : report.apps[0].actions) {
    action.status = action.guard.empty() ? ActionStatus::kSucceeded : ActionStatus::kSkipped;
    if (action.guard.empty()) action.duration = std::chrono::seconds(2);
  }
  EXPECT_EQ(RenderSummary(report),
            "Applied: 1 updated; 2 actions in 4.0s, 4 not needed; 9 unchanged.");
}

TEST(RenderReportTest, ViewsThatWereKeptGiveTheSameText) {
  ReconcileReport report;
  report.dry_run = true;
  report.apps = {MoreMemory(), HostileApp()};
  report.unchanged = 9;
  const std::string whole = RenderReport(report);
  for (AppReport& app : report.apps) {
    AppView view{RenderApp(app), app.actions.size(), CountActions(app.actions).guarded};
    app.view = std::make_shared<const AppView>(std::move(view));
    app.actions.clear();
    app.changes.clear();
  }
  EXPECT_EQ(RenderReport(report), whole);
}

TEST(RenderSummaryTest, ABlockedAppHasNothingToApply) {
  ReconcileReport report;
  report.dry_run = true;
  report.apps = {MoreMemory()};
  report.apps[0].verdict = Verdict::kBlocked;
  EXPECT_EQ(RenderSummary(report), "Nothing to do: 1 blocked.");
}

TEST(RenderErrorTest, ShowsPlaceDetailAndHint) {
  Diagnostic problem;
  problem.summary = "unknown key";
  problem.subject = "resorces";
  problem.detail = "no manifest has this key";
  problem.location = {"a/tfgrid-compose.yaml", 3, 1};
  problem.hint = "did you mean \"resources\"?";
  EXPECT_EQ(RenderError(Error(ErrorKind::kInvalid, problem)),
            "error: unknown key [resorces]\n"
            "  at a/tfgrid-compose.yaml:3:1\n"
            "  no manifest has this key\n"
            "  hint: did you mean \"resources\"?\n");
}

}  // namespace
}  // namespace gitops
