#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/reconcile/daemon/daemon_world.h"

namespace gitops {
namespace {

using testing::HasSubstr;

class DaemonTest : public testing::Test {
 protected:
  DaemonWorld world_;
  Script& script_ = world_.script;
};

TEST_F(DaemonTest, LooksAtEverythingAndTakesUpTheBacklogAtTheStart) {
  world_.backlog = {DaemonWorld::Task("old")};
  world_.SetTasks("apps", {DaemonWorld::Task("web")});
  world_.Start();
  script_.Await("worked old");
  script_.Await("worked web");
  script_.Await("looked more");
  EXPECT_TRUE(world_.daemon->State().IsReady());
  world_.Stop();
  EXPECT_EQ(script_.Times("work web"), 1);
  EXPECT_FALSE(world_.daemon->State().IsReady()) << "it has ended";
}

TEST_F(DaemonTest, WhatIsPushedDuringWorkIsWorkedOnOnceMore) {
  world_.SetTasks("apps", {DaemonWorld::Task("web")});
  script_.Hold("work web");
  world_.Start();
  script_.Await("work web");
  const int looks = script_.Times("looked apps");
  for (int i = 0; i < 50; ++i) world_.daemon->Wake("apps");
  script_.Await("looked apps", looks + 1);
  script_.Release("work web");
  script_.Await("worked web", 2);
  world_.Stop();
  EXPECT_EQ(script_.Times("work web"), 2);
  EXPECT_LE(script_.Times("look apps"), 3) << "the start's, and at most two for fifty wakes";
}

TEST_F(DaemonTest, WorkThatHangsHoldsUpNobodyElse) {
  world_.SetTasks("apps", {DaemonWorld::Task("slow"), DaemonWorld::Task("web")});
  script_.Hold("work slow");
  world_.Start();
  script_.Await("work slow");
  script_.Await("worked web");
  world_.SetTasks("apps", {DaemonWorld::Task("web")});
  world_.daemon->Wake("apps");
  script_.Await("worked web", 2);
  EXPECT_EQ(script_.Times("worked slow"), 0);
  EXPECT_GE(world_.daemon->State().apps.running, 1U) << "it may be putting the other one away";
}

TEST_F(DaemonTest, AServerThatSaysNothingLeavesAWorkerForSourcesOfOthers) {
  world_.config.sources.clear();
  for (const char* name : {"apps", "more", "third"}) {
    world_.AddSource(name);
    world_.config.sources.back().url = "https://mute.example/" + std::string(name) + ".git";
    script_.Hold("look " + std::string(name));
  }
  world_.AddSource("good");
  world_.config.sources.back().url = "https://good.example/good.git";
  world_.Start();  // Two workers.
  script_.Await("looked good");
  world_.daemon->Wake("good");
  script_.Await("looked good", 2);
  for (const char* name : {"apps", "more", "third"}) script_.Release("look " + std::string(name));
  script_.Await("looked third");
}

TEST_F(DaemonTest, DependenciesGoFirst) {
  world_.SetTasks("apps", {DaemonWorld::Task("web", {{"default", "db"}}), DaemonWorld::Task("db")});
  script_.Hold("work db");
  world_.Start();
  script_.Await("work db");
  EXPECT_EQ(script_.Times("work web"), 0);
  script_.Release("work db");
  script_.Await("worked web");
}

TEST_F(DaemonTest, WhoWaitsForAnAppIsWorkedOnWhenThatAppWas) {
  {
    const std::lock_guard lock(script_.mutex());
    AppOutcome blocked;
    blocked.waits_for = {{"default", "db"}};
    script_.outcomes["web"] = {blocked};
  }
  world_.SetTasks("apps", {DaemonWorld::Task("web")});
  world_.Start();
  script_.Await("worked web");
  world_.SetTasks("more", {DaemonWorld::Task("db")});
  world_.daemon->Wake("more");
  script_.Await("worked db");
  script_.Await("worked web", 2);
}

TEST_F(DaemonTest, AnAppThatChangedMeanwhileAndOneWhoseTimeHasComeAreWorkedOnAgain) {
  {
    const std::lock_guard lock(script_.mutex());
    AppOutcome again;
    again.again = true;
    AppOutcome retry;
    retry.worked = true;
    retry.retry = WallTime();  // Long ago.
    script_.outcomes["web"] = {again, retry};
  }
  world_.SetTasks("apps", {DaemonWorld::Task("web")});
  world_.Start();
  script_.Await("worked web", 3);
  world_.Stop();
  EXPECT_EQ(script_.Times("work web"), 3);
}

TEST_F(DaemonTest, AnAppThatChangesEveryTimeIsNotTriedWithoutEnd) {
  {
    const std::lock_guard lock(script_.mutex());
    AppOutcome again;
    again.again = true;
    script_.outcomes["web"] = {again, again};
  }
  world_.config.limits.parallel_apps = 1;
  world_.clock.Stop();
  world_.SetTasks("apps", {DaemonWorld::Task("web")});
  world_.SetTasks("more", {DaemonWorld::Task("db"), DaemonWorld::Task("mail")});
  script_.Hold("look more");
  world_.Start();
  script_.Await("worked web", 2);
  script_.Release("look more");
  script_.Await("worked db");
  script_.Await("worked mail");
  world_.Stop();
  EXPECT_EQ(script_.Times("work web"), 2) << "the third one waits";
}

TEST_F(DaemonTest, AnAppThatIsHeldBackByMoreThanTimeIsNotTriedForEver) {
  {
    const std::lock_guard lock(script_.mutex());
    AppOutcome held;
    held.retry = WallTime();
    script_.outcomes["web"] = {held};
  }
  world_.SetTasks("apps", {DaemonWorld::Task("web")});
  world_.Start();
  script_.Await("worked web");
  world_.SetTasks("apps", {DaemonWorld::Task("db")});
  world_.daemon->Wake("apps");
  script_.Await("worked db");
  world_.Stop();
  EXPECT_EQ(script_.Times("work web"), 1);
}

TEST_F(DaemonTest, ASourceThatFailsIsTriedAgainByItself) {
  {
    const std::lock_guard lock(script_.mutex());
    script_.look_errors["apps"] = {MakeError(ErrorKind::kTransient, "no answer", "silent")};
  }
  world_.Start();
  script_.Await("looked apps", 2);
  EXPECT_EQ(script_.Times("looked more"), 1);
}

TEST_F(DaemonTest, ALookAnswersTheRequestsThatWereThereWhenItBegan) {
  const auto first = world_.store.deliveries().AskForSource("apps", "github push");
  ASSERT_TRUE(first);
  script_.Hold("look apps");
  world_.Start();
  script_.Await("look apps");
  const auto second = world_.store.deliveries().AskForSource("apps", "github push");
  ASSERT_TRUE(second);  // Nobody wakes the daemon: the hint is lost.
  script_.Release("look apps");
  script_.Await("looked apps", 2);
  world_.Stop();
  const auto request = world_.store.deliveries().LoadSourceRequest("apps");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->looked, *second) << "the second look, begun after it, answers it";
}

TEST_F(DaemonTest, ADeliveryKnowsWhichAppsItsLookFoundChanged) {
  const AppId web{"production", "web"};
  const AppId left{"production", "left-by-a-crash"};
  script_.touched["apps"] = {web};
  script_.unfinished["apps"] = {left};
  NewDelivery push;
  push.delivery.source = "apps";
  push.delivery.outcome = DeliveryOutcome::kAccepted;
  ASSERT_TRUE(world_.store.deliveries().RecordDeliveries({push}));
  world_.Start();
  script_.Await("looked apps");
  ASSERT_TRUE(world_.store.deliveries().RecordDeliveries({push}));
  world_.daemon->Wake("apps");
  script_.Await("looked apps", 2);
  world_.Stop();
  const auto deliveries = world_.store.deliveries().ListDeliveries({});
  ASSERT_TRUE(deliveries && deliveries->size() == 2);
  ASSERT_TRUE(deliveries->at(0).look && deliveries->at(1).look);
  const std::vector<CausedWork> first = {{web, {}}, {left, {}}};
  EXPECT_EQ(deliveries->at(1).look->apps, first) << "a crash may have come before it was noted";
  EXPECT_EQ(deliveries->at(0).look->apps, (std::vector<CausedWork>{{web, {}}}));
}

TEST_F(DaemonTest, AFailedLookAnswersNothing) {
  ASSERT_TRUE(world_.store.deliveries().AskForSource("apps", "github push"));
  {
    const std::lock_guard lock(script_.mutex());
    for (int i = 0; i < 20; ++i) {
      script_.look_errors["apps"].push_back(MakeError(ErrorKind::kTransient, "no", "silent"));
    }
  }
  world_.Start();
  script_.Await("looked apps");
  world_.Stop();
  EXPECT_EQ(world_.store.deliveries().LoadSourceRequest("apps")->looked, 0U);
}

TEST_F(DaemonTest, TheEndInterruptsWhatHangsAndCancelsRequests) {
  world_.SetTasks("apps", {DaemonWorld::Task("slow")});
  script_.Hold("work slow");
  world_.Start();
  script_.Await("work slow");
  ReconcileRequest all;
  const auto ticket = world_.daemon->Request(all, "ann");
  ASSERT_TRUE(ticket);
  world_.Stop();
  EXPECT_EQ(world_.daemon->Find(*ticket)->state, TicketState::kCancelled);
  EXPECT_FALSE(world_.daemon->Request(all, "ann")) << "it takes no new ones";
  EXPECT_EQ(script_.Times("daemon.stopped"), 1);
}

TEST_F(DaemonTest, AGoodConfigurationIsTakenOverAndABadOneTold) {
  world_.Start();
  script_.Await("looked apps");
  world_.load_error = MakeError(ErrorKind::kInvalid, "unknown key", "urll is no key");
  ++world_.reloads;
  script_.Await("daemon.reload_failed");
  EXPECT_TRUE(world_.daemon->State().reload.error);
  EXPECT_TRUE(world_.daemon->State().IsReady()) << "the old one is in force";
  EXPECT_EQ(world_.daemon->Configuration()->sources.size(), 2U);
  const auto events = world_.store->ListEvents({});
  ASSERT_TRUE(events);
  EXPECT_THAT(events->back().message, HasSubstr("urll is no key"));
  world_.load_error.reset();
  world_.AddSource("third");
  ++world_.reloads;
  script_.Await("looked third");
  EXPECT_FALSE(world_.daemon->State().reload.error);
  EXPECT_EQ(world_.daemon->State().reload.attempts, 2U);
  EXPECT_EQ(script_.Times("daemon.restart_needed"), 0);
  EXPECT_EQ(world_.daemon->Configuration()->sources.size(), 3U);
}

TEST_F(DaemonTest, AReloadSaysWhatNeedsARestart) {
  world_.Start();
  script_.Await("daemon.started");
  world_.config.server.listen = "127.0.0.1:9999";
  world_.config.limits.parallel_apps = 99;
  ++world_.reloads;
  script_.Await("daemon.restart_needed", 2);
  EXPECT_EQ(script_.Times("daemon.reloaded"), 1) << "everything else is in force";
  std::string messages;
  const auto events = world_.store->ListEvents({});
  ASSERT_TRUE(events);
  for (const Event& event : *events) {
    if (event.type == "daemon.restart_needed") messages += event.message + "\n";
  }
  EXPECT_THAT(messages, HasSubstr("server.listen is only read when the daemon starts"));
  EXPECT_THAT(messages, HasSubstr("limits.parallelApps"));
}

}  // namespace
}  // namespace gitops
