#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/cli/commands/command.h"
#include "tests/support/fake_services.h"
#include "tests/support/temp_dir.h"

namespace gitops {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

AppReport PendingApp() {
  AppReport app;
  app.app = {"default", "web"};
  app.verdict = Verdict::kUpdate;
  ActionReport action;
  action.address = {Phase::kApp, "configure", ""};
  app.actions = {action};
  return app;
}

TEST(Reconcile, HandsEveryFlagOn) {
  FakeServices services;
  RunLine(services, {"reconcile", "web", "production/api", "--dry-run", "--source", "apps",
                     "--environment", "production", "--prune", "--full"});
  EXPECT_THAT(services.engine.calls,
              ElementsAre("reconcile web production/api source=apps environment=production dry_run "
                          "prune full"));
  EXPECT_THAT(services.calls, ElementsAre("open to write"));
}

TEST(Reconcile, DocumentsListUnchangedAppsToo) {
  FakeServices services;
  RunLine(services, {"reconcile", "-o", "json"});
  EXPECT_THAT(services.engine.calls, ElementsAre("reconcile list_all"));
}

TEST(Reconcile, OnlyTheTextOfADryRunIsMadeOfViews) {
  FakeServices services;
  RunLine(services, {"reconcile", "--dry-run"});
  EXPECT_TRUE(services.engine.views_asked_for);
  RunLine(services, {"reconcile"});
  EXPECT_FALSE(services.engine.views_asked_for);
  RunLine(services, {"reconcile", "--dry-run", "-o", "json"});
  EXPECT_FALSE(services.engine.views_asked_for);
}

TEST(Reconcile, ExitCodes) {
  FakeServices services;
  EXPECT_EQ(RunLine(services, {"reconcile"}).exit_code, kExitDone);
  services.engine.report.apps = {PendingApp()};
  EXPECT_EQ(RunLine(services, {"reconcile", "--dry-run"}).exit_code, kExitDone);
  EXPECT_EQ(RunLine(services, {"reconcile", "--dry-run", "--detailed-exitcode"}).exit_code,
            kExitChangesPending);
  EXPECT_EQ(RunLine(services, {"diff", "web"}).exit_code, kExitDone);
  EXPECT_EQ(RunLine(services, {"diff", "web", "--detailed-exitcode"}).exit_code,
            kExitChangesPending);
  services.engine.report.apps.front().failed = true;
  EXPECT_EQ(RunLine(services, {"reconcile", "--detailed-exitcode"}).exit_code, kExitFailed);
}

TEST(Reconcile, AnInterruptedPassSaysWhatIsLeft) {
  FakeServices services;
  services.engine.report.apps = {PendingApp()};
  services.engine.report.apps.front().run = 12;
  services.engine.report.apps.front().actions.front().status = ActionStatus::kRunning;
  std::stop_source source;
  services.engine.during_pass = [&] { source.request_stop(); };
  const CommandOutcome outcome = RunLine(services, {"reconcile"}, source.get_token());
  EXPECT_EQ(outcome.exit_code, kExitInterrupted);
  EXPECT_THAT(outcome.error, AllOf(HasSubstr("default/web stopped at app.configure of run 12"),
                                   HasSubstr("tfgrid-compose reconcile goes on")));
}

TEST(Failure, CancelledIsInterrupted) {
  FakeServices services;
  services.engine.error = MakeError(ErrorKind::kCancelled, "stopped");
  EXPECT_EQ(RunLine(services, {"reconcile"}).exit_code, kExitInterrupted);
}

TEST(Status, ATableAsksForNoSnapshots) {
  FakeServices services;
  RunLine(services, {"status"});
  RunLine(services, {"status", "-o", "json"});
  RunLine(services, {"status", "web"});
  EXPECT_THAT(services.engine.calls, ElementsAre("overview", "status ", "status web"));
}

TEST(Failure, TextGoesToStandardError) {
  FakeServices services;
  services.open_error = MakeError(ErrorKind::kConflict, "state is in use",
                                  "pid 4711 holds it since 3m", "wait for it");
  const CommandOutcome outcome = RunLine(services, {"status"});
  EXPECT_EQ(outcome.exit_code, kExitFailed);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.error, AllOf(HasSubstr("state is in use"), HasSubstr("pid 4711")));
}

TEST(Failure, DocumentsGoToStandardOutput) {
  FakeServices services;
  services.open_error = MakeError(ErrorKind::kConflict, "state is in use", "pid 4711 holds it");
  const CommandOutcome outcome = RunLine(services, {"status", "-o", "json"});
  EXPECT_EQ(outcome.exit_code, kExitFailed);
  EXPECT_THAT(outcome.error, IsEmpty());
  EXPECT_THAT(outcome.out,
              AllOf(StartsWith("{\n  \"apiVersion\": \"tfgrid-compose/v1\",\n  \"error\": {\n"
                               "    \"kind\": \"conflict\",\n    \"diagnostics\": ["),
                    HasSubstr("\"summary\": \"state is in use\"")));
}

TEST(Looking, TakesNoLock) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"status"},
                                                {"diff", "web"},
                                                {"explain", "web"},
                                                {"history", "web"},
                                                {"events"}}) {
    FakeServices services;
    RunLine(services, words);
    EXPECT_THAT(services.calls, ElementsAre("open to read")) << words.front();
  }
}

TEST(Reconcile, WithoutSourcesSaysWhatToDo) {
  FakeServices services;
  const CommandOutcome outcome = RunLine(services, {"reconcile"});
  EXPECT_EQ(outcome.exit_code, kExitDone);
  EXPECT_THAT(outcome.error, HasSubstr("reconciler.yaml"));
  services.engine.report.sources.resize(1);
  EXPECT_THAT(RunLine(services, {"reconcile"}).error, IsEmpty());
}

TEST(Rollback, HandsEveryFlagOn) {
  FakeServices services;
  RunLine(services, {"rollback", "web", "--to", "3", "--revert", "--dry-run"});
  EXPECT_THAT(services.engine.calls, ElementsAre("rollback web to=3 dry_run revert"));
}

TEST(Up, PathsStartAtTheWorkingDirectory) {
  FakeServices services;
  RunLine(services, {"up"});
  RunLine(services, {"up", "."});
  RunLine(services, {"up", "app", "--environment", "staging"});
  RunLine(services, {"up", "/srv/app", "--dry-run"});
  EXPECT_THAT(services.engine.calls,
              ElementsAre("up /work", "up /work", "up /work/app environment=staging",
                          "up /srv/app dry_run"));
}

TEST(Down, WithYesAsksNobody) {
  FakeServices services;
  EXPECT_EQ(RunLine(services, {"down", "web", "--yes"}).exit_code, kExitDone);
  EXPECT_THAT(services.engine.calls, ElementsAre("down web"));
  EXPECT_THAT(services.calls, ElementsAre("open to write"));
}

TEST(Down, WithoutATerminalSaysWhatWouldGoAndRefuses) {
  FakeServices services;
  services.engine.report.apps = {PendingApp()};
  const CommandOutcome outcome = RunLine(services, {"down", "web"});
  EXPECT_EQ(outcome.exit_code, kExitUsage);
  EXPECT_THAT(outcome.error,
              AllOf(HasSubstr("add --yes"), HasSubstr("default/web"), HasSubstr("app.configure")));
  EXPECT_THAT(services.engine.calls, ElementsAre("down web dry_run"));
}

TEST(Down, DoesWhatThePersonSays) {
  FakeServices services;
  services.answer = false;
  EXPECT_EQ(RunLine(services, {"down", "web"}).exit_code, kExitFailed);
  EXPECT_THAT(services.engine.calls, ElementsAre("down web dry_run"));
  services.answer = true;
  EXPECT_EQ(RunLine(services, {"down", "web"}).exit_code, kExitDone);
  EXPECT_EQ(services.engine.calls.back(), "down web");
}

TEST(Down, AnInterruptedQuestionRemovesNothing) {
  FakeServices services;
  services.answer = false;
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(RunLine(services, {"down", "web"}, source.get_token()).exit_code, kExitInterrupted);
  EXPECT_THAT(services.engine.calls, ElementsAre("down web dry_run"));
}

TEST(Down, DryRunAsksNobody) {
  FakeServices services;
  RunLine(services, {"down", "web", "--dry-run", "--yes"});
  EXPECT_THAT(services.engine.calls, ElementsAre("down web dry_run"));
}

TEST(SuspendAndResume, ShowTheAppAfterwards) {
  FakeServices services;
  AppStatus status;
  status.record.id = {"default", "web"};
  status.record.suspension = Suspension{"moving", "root", services.fake_clock.Now()};
  services.engine.status.apps = {status};
  const CommandOutcome outcome = RunLine(services, {"suspend", "web", "--reason", "moving"});
  EXPECT_THAT(outcome.out, HasSubstr("just now by root: moving"));
  RunLine(services, {"resume", "web"});
  EXPECT_THAT(services.engine.calls, ElementsAre("suspend web reason=moving", "resume web"));
}

class Cancel : public testing::Test {
 protected:
  Cancel() {
    services.engine.history.app = {"test", "web"};
    gitops::Run over;  // Not testing::Test::Run.
    over.id = 6;
    over.status = RunStatus::kSucceeded;
    gitops::Run running;
    running.id = 7;
    services.engine.history.runs = {running, over};
  }

  FakeServices services;
};

TEST_F(Cancel, TheRunThatIsUnderWay) {
  const CommandOutcome outcome = RunLine(services, {"cancel", "web"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out,
            "run 7 of test/web is being cancelled; the app is suspended until: "
            "tfgrid-compose resume test/web\n");
  EXPECT_THAT(services.calls, ElementsAre("open to read", "cancel 7"));
  const CommandOutcome document = RunLine(services, {"cancel", "web", "--run", "7", "-o", "json"});
  EXPECT_THAT(document.out, HasSubstr(R"("id": "test/web")"));
  EXPECT_THAT(document.out, HasSubstr(R"("run": 7)"));
  EXPECT_THAT(document.out, HasSubstr(R"("state": "cancelling")"));
}

TEST_F(Cancel, NoneButThat) {
  const CommandOutcome over = RunLine(services, {"cancel", "web", "--run", "6"});
  EXPECT_EQ(over.exit_code, 1);
  EXPECT_THAT(over.error, HasSubstr("run 6 of \"test/web\" succeeded"));
  EXPECT_THAT(RunLine(services, {"cancel", "web", "--run", "8"}).error, HasSubstr("no such run"));
  services.engine.history.runs.erase(services.engine.history.runs.begin());
  EXPECT_THAT(RunLine(services, {"cancel", "web"}).error, HasSubstr("no run is under way"));
  EXPECT_THAT(services.calls, ElementsAre("open to read", "open to read", "open to read"));
  EXPECT_EQ(RunLine(services, {"cancel"}).exit_code, 64);
}

TEST_F(Cancel, WhatTheDaemonSaysIsTold) {
  services.cancel_error = MakeError(ErrorKind::kConflict, "no daemon is at work");
  const CommandOutcome outcome = RunLine(services, {"cancel", "web", "-o", "json"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("no daemon is at work"));
}

TEST(OnHost, HandsOnWordsAndTheExitCode) {
  FakeServices services;
  services.engine.exit_code = 7;
  EXPECT_EQ(RunLine(services, {"exec", "web", "--", "ls", "-l"}).exit_code, 7);
  EXPECT_EQ(RunLine(services, {"run", "web", "backup", "--full"}).exit_code, 7);
  EXPECT_THAT(services.engine.calls, ElementsAre("exec web ls -l", "run web backup --full"));
}

TEST(Events, Limit) {
  FakeServices services;
  RunLine(services, {"events", "web", "--limit", "5"});
  EXPECT_THAT(services.engine.calls, ElementsAre("events web limit=5"));
}

TEST(Later, SaysThatItIsNotInThisVersion) {
  FakeServices services;
  const CommandOutcome outcome = RunLine(services, {"ssh"});
  EXPECT_EQ(outcome.exit_code, kExitFailed);
  EXPECT_THAT(outcome.error, HasSubstr("not in this version"));
}

TEST(Serve, EndsWellOrSaysWhyItCannotServe) {
  FakeServices services;
  EXPECT_EQ(RunLine(services, {"serve"}).exit_code, kExitDone);
  EXPECT_THAT(services.calls, ElementsAre("Serve"));
  services.serve_error =
      MakeError(ErrorKind::kConflict, "a daemon works on the state", "process 7");
  const CommandOutcome refused = RunLine(services, {"serve"});
  EXPECT_EQ(refused.exit_code, kExitFailed);
  EXPECT_THAT(refused.error, HasSubstr("process 7"));
}

TEST(Restore, AsksBeforeItReplacesState) {
  FakeServices services;
  services.has_state = true;
  EXPECT_EQ(RunLine(services, {"restore", "b.db"}).exit_code, kExitUsage);
  services.answer = false;
  EXPECT_EQ(RunLine(services, {"restore", "b.db"}).exit_code, kExitFailed);
  EXPECT_THAT(services.calls, Not(::testing::Contains("restore /work/b.db")));
  const CommandOutcome outcome = RunLine(services, {"restore", "b.db", "--yes"});
  EXPECT_EQ(outcome.exit_code, kExitDone);
  EXPECT_EQ(services.calls.back(), "restore /work/b.db");
  EXPECT_THAT(outcome.out, HasSubstr("/state/state.db.replaced"));
}

TEST(Backup, PathsStartAtTheWorkingDirectory) {
  FakeServices services;
  EXPECT_EQ(RunLine(services, {"backup", "b.db"}).exit_code, kExitDone);
  EXPECT_THAT(services.calls, ElementsAre("backup /work/b.db"));
}

class LogsTest : public ::testing::Test {
 protected:
  LogsTest() {
    services_.engine.log_file = directory_.path() + "/17.log";
    services_.engine.history.app = {"default", "web"};
    services_.engine.history.runs.resize(1);
    services_.engine.history.runs.front().id = 17;
    Append("first\n");
  }
  void Append(const std::string& text) const {
    std::ofstream(services_.engine.log_file, std::ios::app) << text;
  }

  TempDir directory_;
  FakeServices services_;
};

TEST_F(LogsTest, ShowsTheLastRun) {
  const CommandOutcome outcome = RunLine(services_, {"logs", "web"});
  EXPECT_EQ(outcome.exit_code, kExitDone);
  EXPECT_EQ(outcome.out, "first\n");
  EXPECT_THAT(services_.engine.calls, ElementsAre("history web", "log_file web run=17"));
}

TEST_F(LogsTest, EscapesWhatCouldSteerATerminal) {
  Append("\x1b[2Jgone\n");
  EXPECT_EQ(RunLine(services_, {"logs", "web"}).out, "first\n\\x1b[2Jgone\n");
}

TEST_F(LogsTest, AMissingFileIsAnError) {
  std::filesystem::remove(services_.engine.log_file);
  const CommandOutcome outcome = RunLine(services_, {"logs", "web"});
  EXPECT_EQ(outcome.exit_code, kExitFailed);
  EXPECT_THAT(outcome.error, HasSubstr("no log"));
}

TEST_F(LogsTest, DocumentsHoldLines) {
  Append("second");
  EXPECT_THAT(RunLine(services_, {"logs", "web", "-o", "json"}).out,
              AllOf(HasSubstr("\"run\": 17"), HasSubstr("\"first\",\n    \"second\"\n")));
}

/// Sleeps by letting the run go on: a line more each time, the end after the second.
class GrowingLog : public Sleeper {
 public:
  GrowingLog(FakeServices& services, std::stop_source* stop) : services_(services), stop_(stop) {}
  bool Sleep(std::chrono::milliseconds, std::stop_token) override {
    ++sleeps;
    if (stop_ != nullptr) {
      stop_->request_stop();
      return false;
    }
    std::ofstream(services_.engine.log_file, std::ios::app) << "more " << sleeps << "\n";
    if (sleeps == 2) services_.engine.history.runs.front().status = RunStatus::kSucceeded;
    return true;
  }
  int sleeps = 0;

 private:
  FakeServices& services_;
  std::stop_source* stop_;
};

class FollowServices : public FakeServices {
 public:
  Sleeper& sleeper() override { return *growing; }
  Sleeper* growing = nullptr;
};

TEST(LogsFollow, EndsWithTheRunAndMissesNothing) {
  const TempDir directory;
  FollowServices services;
  services.engine.log_file = directory.path() + "/17.log";
  services.engine.history.runs.resize(1);
  services.engine.history.runs.front().id = 17;
  std::ofstream(services.engine.log_file) << "first\n";
  GrowingLog growing(services, nullptr);
  services.growing = &growing;
  const CommandOutcome outcome = RunLine(services, {"logs", "web", "--follow"});
  EXPECT_EQ(outcome.exit_code, kExitDone);
  EXPECT_EQ(outcome.out, "first\nmore 1\nmore 2\n");
  EXPECT_EQ(growing.sleeps, 2);
}

TEST(LogsFollow, EndsWhenTheProcessBehindTheRunIsGone) {
  const TempDir directory;
  FollowServices services;
  services.in_use = false;
  services.engine.log_file = directory.path() + "/17.log";
  services.engine.history.app = {"default", "web"};
  services.engine.history.runs.resize(1);
  services.engine.history.runs.front().id = 17;
  std::ofstream(services.engine.log_file) << "first\n";
  FakeClock clock;
  clock.SetAutomatic(true);
  services.growing = &clock;
  const CommandOutcome outcome = RunLine(services, {"logs", "web", "--follow"});
  EXPECT_EQ(outcome.exit_code, kExitFailed);
  EXPECT_EQ(outcome.out, "first\n");
  EXPECT_THAT(outcome.error, AllOf(HasSubstr("run 17 of default/web stands still"),
                                   HasSubstr("tfgrid-compose reconcile default/web")));
}

TEST(LogsFollow, AnInterruptSaysThatTheRunGoesOn) {
  const TempDir directory;
  FollowServices services;
  services.engine.log_file = directory.path() + "/17.log";
  services.engine.history.app = {"default", "web"};
  services.engine.history.runs.resize(1);
  services.engine.history.runs.front().id = 17;
  std::ofstream(services.engine.log_file) << "first\n";
  std::stop_source stop;
  GrowingLog growing(services, &stop);
  services.growing = &growing;
  const CommandOutcome outcome = RunLine(services, {"logs", "web", "-f"}, stop.get_token());
  EXPECT_EQ(outcome.exit_code, kExitInterrupted);
  EXPECT_THAT(outcome.error, HasSubstr("run 17 of default/web goes on"));
}

}  // namespace
}  // namespace gitops
