// What is there against what was applied, by the whole engine on fakes: what is found, what a
// person who names the app gets for it, and that nobody else gets anything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/reconcile/drift_check.h"
#include "tests/support/engine_world.h"

namespace gitops {
namespace {

using Steps = std::vector<std::string>;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DriftTest : public testing::Test {
 protected:
  DriftTest() {
    world_.Push(MemoryTree()
                    .WithTree("web", EngineWorld::App("web"))
                    .WithTree("api", EngineWorld::App("api")));
    world_.Reconcile();
    world_.machine.TakeCalls();
  }
  DriftReport Look(DriftRequest request = {}) {
    return EngineWorld::Value(world_.engine().Drift(request, {}));
  }
  AppDrift LookAt(const std::string& app) { return Look({{app}, "", ""}).apps.at(0); }
  /// "app.files drifted", … of all steps that are not as they were applied.
  Steps Differing(const AppDrift& drift) {
    Steps lines;
    for (const StepDrift& step : drift.steps) {
      if (HasDrifted(step.verdict)) {
        lines.push_back(step.address.ToString() + " " + std::string(ToString(step.verdict)));
      }
    }
    return lines;
  }
  Steps Reasons(const AppReport& report) {
    Steps lines;
    for (const ActionReport& action : report.actions) {
      lines.push_back(std::string(ToString(action.kind)) + " " + action.address.ToString() + " " +
                      std::string(ToString(action.reason.code)));
    }
    return lines;
  }

  EngineWorld world_;
};

TEST_F(DriftTest, NothingDriftsByItself) {
  const DriftReport report = Look();
  ASSERT_EQ(report.apps.size(), 2U);
  EXPECT_EQ(report.apps[0].app.name, "api");
  EXPECT_EQ(report.apps[1].verdict, DriftVerdict::kInSync);
  EXPECT_EQ(report.apps[1].steps.size(), 5U);
  EXPECT_EQ(report.Summarise().in_sync, 2U);
  EXPECT_FALSE(report.HasDrift());
  EXPECT_THAT(world_.machine.TakeCalls(), IsEmpty()) << "a look changes nothing";
}

TEST_F(DriftTest, ACommitThatWaitsIsNoDrift) {
  world_.PushFile("web/src/index.html", "two");
  EXPECT_EQ(LookAt("web").verdict, DriftVerdict::kInSync);
}

TEST_F(DriftTest, SaysWhichStepDriftedAndWhichIsGone) {
  world_.machine.Change("web", "app.files", "the file index.html was changed");
  world_.machine.Lose("api", "app.files");
  const DriftReport report = Look();
  EXPECT_TRUE(report.HasDrift());
  EXPECT_THAT(Differing(report.apps[0]), ElementsAre("app.files missing"));
  EXPECT_THAT(Differing(report.apps[1]), ElementsAre("app.files drifted"));
  EXPECT_EQ(Look({{}, "", "elsewhere"}).apps.size(), 0U);
  EXPECT_EQ(Look({{}, "apps", "default"}).apps.size(), 2U);
}

TEST_F(DriftTest, ASecretOfTheAppIsNotInWhatIsSaid) {
  world_.environment().environment["TOKEN"] = "hunter22-and-more";
  world_.Push(MemoryTree().WithTree(
      "web", EngineWorld::App("web", "environment: [{name: TOKEN, secret: true}]\n")));
  world_.Reconcile();
  world_.machine.Change("web", "app.files", "it now says hunter22-and-more");
  EXPECT_EQ(LookAt("web").verdict, DriftVerdict::kDrifted);
  for (const StepDrift& step : LookAt("web").steps) {
    EXPECT_EQ(step.detail.find("hunter22"), std::string::npos) << step.detail;
  }
}

TEST_F(DriftTest, AnAppThatIsChangedMeanwhileIsUnknown) {
  world_.machine.during_look = [&] {
    AppRecord record = world_.Record("web");
    record.last_run += 1;
    ASSERT_TRUE(world_.store->SaveApps({record}, {}));
  };
  const AppDrift drift = LookAt("web");
  EXPECT_EQ(drift.verdict, DriftVerdict::kUnknown);
  EXPECT_EQ(drift.reason, "it was changed while it was looked at");
  EXPECT_THAT(drift.steps, IsEmpty());
}

TEST_F(DriftTest, AnAppWithARunUnderWayIsNotLookedAt) {
  world_.PushFile("web/deployment/configure.sh", MemoryFile("#!/bin/sh\n", EntryKind::kExecutable));
  world_.machine.CrashAt("web", "app.configure", true);
  EXPECT_THROW(world_.Reconcile(), WorldCrash);
  world_.Restart();
  world_.machine.Lose("web", "app.files");
  const AppDrift drift = LookAt("web");
  EXPECT_EQ(drift.verdict, DriftVerdict::kUnknown);
  EXPECT_THAT(drift.reason, HasSubstr("is under way or was interrupted"));
}

TEST_F(DriftTest, AnAppThatWasTakenDownIsUnknown) {
  ASSERT_TRUE(world_.engine().Down("web", false, {}));
  EXPECT_EQ(Look().apps.size(), 1U);
  const AppDrift drift = LookAt("web");
  EXPECT_EQ(drift.verdict, DriftVerdict::kUnknown);
  EXPECT_EQ(drift.reason, "nothing of it has been applied");
}

TEST_F(DriftTest, WrongNamesAreRefusedWithTheNearest) {
  const auto wrong = world_.engine().Drift({{"wbe"}, "", ""}, {});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(wrong.error().primary().hint, HasSubstr("web"));
  EXPECT_EQ(world_.engine().Drift({{}, "nowhere", ""}, {}).error().kind, ErrorKind::kNotFound);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(world_.engine().Drift({}, stop.get_token()).error().kind, ErrorKind::kCancelled);
}

TEST_F(DriftTest, AStopDuringTheLastLookIsAStop) {
  std::stop_source stop;
  int looks = 0;
  world_.machine.during_look = [&] {
    if (++looks == 5) stop.request_stop();
  };
  const auto drift =
      CheckDrift(world_.Parts(world_.store.get()), world_.Record("web"), stop.get_token());
  EXPECT_EQ(looks, 5);
  ASSERT_FALSE(drift) << "that the step could not be looked at is nothing to say of it";
  EXPECT_EQ(drift.error().kind, ErrorKind::kCancelled);
}

TEST_F(DriftTest, AStepThatFailedIsNotLookedAt) {
  world_.machine.Fail("new", "app.setup", MakeError(ErrorKind::kInvalid, "a hook failed", "3"));
  world_.Push(world_.tree.WithTree("new", EngineWorld::App("new")));
  world_.Reconcile();
  int looks = 0;
  world_.machine.during_look = [&] { ++looks; };
  const AppDrift drift = LookAt("new");
  ASSERT_EQ(drift.steps.size(), 3U);
  EXPECT_EQ(looks, 2) << "the host and the files";
  EXPECT_THAT(drift.steps.at(2).detail, HasSubstr("its last attempt did not succeed"));
}

TEST_F(DriftTest, OnlyWhoNamesTheAppHealsIt) {
  world_.machine.Change("web", "app.files", "the file index.html was changed");
  world_.Reconcile();
  EXPECT_THAT(world_.machine.TakeCalls(), IsEmpty()) << "a pass over everything does not heal";
  const AppReport healed = EngineWorld::Find(world_.ReconcileApp("web"), "web");
  EXPECT_THAT(Reasons(healed),
              ElementsAre("update app.files drifted", "run app.healthcheck after_other_steps"));
  EXPECT_EQ(healed.actions.at(0).reason.text,
            "not as it was applied: the file index.html was changed");
  EXPECT_THAT(world_.machine.TakeSteps("web"), ElementsAre("app.files", "app.healthcheck"));
  EXPECT_EQ(LookAt("web").verdict, DriftVerdict::kInSync);
  EXPECT_EQ(world_.Record("web").sync, SyncStatus::kSynced);
  world_.ReconcileApp("web");
  EXPECT_THAT(world_.machine.TakeCalls(), IsEmpty()) << "a second time there is nothing to do";
}

TEST_F(DriftTest, WhatIsGoneIsMadeAnewAndWhatHangsOnItIsGuarded) {
  world_.machine.Lose("web", "infrastructure.host");
  ReconcileRequest dry;
  dry.apps = {"web"};
  dry.dry_run = true;
  const AppReport planned = EngineWorld::Find(world_.Reconcile(dry), "web");
  EXPECT_THAT(
      Reasons(planned),
      ElementsAre("create infrastructure.host missing", "update app.files upstream_may_change",
                  "run app.setup upstream_may_change", "run app.configure upstream_may_change",
                  "run app.healthcheck after_other_steps"));
  EXPECT_THAT(world_.machine.TakeCalls(), IsEmpty());
  EXPECT_EQ(LookAt("web").verdict, DriftVerdict::kDrifted);
}

TEST_F(DriftTest, HooksAreNotRunAgainForDrift) {
  world_.machine.Change("web", "app.healthcheck", "http http://127.0.0.1/: no answer");
  EXPECT_THAT(Differing(LookAt("web")), ElementsAre("app.healthcheck drifted"));
  world_.ReconcileApp("web");
  EXPECT_THAT(world_.machine.TakeCalls(), IsEmpty());
}

TEST_F(DriftTest, ASuspendedAppIsLookedAtAndNotHealed) {
  world_.machine.Lose("web", "app.files");
  ASSERT_TRUE(world_.engine().Suspend("web", "maintenance"));
  EXPECT_EQ(LookAt("web").verdict, DriftVerdict::kDrifted);
  world_.ReconcileApp("web");
  EXPECT_THAT(world_.machine.TakeCalls(), IsEmpty());
}

}  // namespace
}  // namespace gitops
