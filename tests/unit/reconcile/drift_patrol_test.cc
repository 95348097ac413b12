// The daemon's looks at what is there: whose turn it is, what is kept, and what they wait for.
#include "engine/reconcile/drift_patrol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/engine_world.h"
#include "tests/support/fake_daemon.h"

namespace gitops {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Looks with the engine of the world.
class WorldDaemon : public FakeDaemon {
 public:
  explicit WorldDaemon(EngineWorld& world) : world_(world) {
    config->server.drift_interval = hours(1);
  }
  std::shared_ptr<Engine> Reader() const override {
    return {std::shared_ptr<void>(), &world_.engine()};
  }
  DaemonState State() const override { return state; }

  DaemonState state;

 private:
  EngineWorld& world_;
};

class DriftPatrolTest : public ::testing::Test {
 protected:
  DriftPatrolTest() {
    world_.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
    world_.Reconcile();
    world_.machine.TakeCalls();
  }
  /// Rounds until there is nothing to do for a while.
  void Rounds(DriftPatrol& patrol) {
    for (int i = 0; i < 10; ++i) patrol.Round({});
  }
  std::optional<AppDrift> Kept() { return *world_.store.drift().LoadDrift({"default", "web"}); }
  std::optional<AppDrift> Shown() {
    return EngineWorld::Value(world_.engine().GetStatus("web")).apps.at(0).drift;
  }
  std::vector<std::string> Events() {
    std::vector<std::string> types;
    const auto events = EngineWorld::Value(world_.store->ListEvents({}));
    for (const Event& event : events) {
      if (event.type.starts_with("app.drift")) types.push_back(event.type);
    }
    return types;
  }

  EngineWorld world_;
  WorldDaemon daemon_{world_};
  Log log_{LogLevel::kOff, LogFormat::kText};
  std::vector<DriftVerdict> told_;
  DriftPatrol patrol_{{daemon_, world_.store.drift(), world_.clock(), log_,
                       [this](const AppDrift& drift) { told_.push_back(drift.verdict); }}};
};

TEST_F(DriftPatrolTest, LooksOnceInEachIntervalAndTellsWhatIsNew) {
  world_.clock().Advance(hours(1));
  Rounds(patrol_);
  EXPECT_THAT(told_, ElementsAre(DriftVerdict::kInSync));
  EXPECT_EQ(Kept()->verdict, DriftVerdict::kInSync);
  world_.machine.Change("web", "app.files", "the file x was changed");
  Rounds(patrol_);
  EXPECT_EQ(told_.size(), 1U) << "its turn has not come";
  world_.clock().Advance(hours(1));
  Rounds(patrol_);
  EXPECT_EQ(Kept()->verdict, DriftVerdict::kDrifted);
  world_.clock().Advance(hours(1));
  Rounds(patrol_);
  EXPECT_EQ(told_.size(), 3U);
  EXPECT_THAT(Events(), ElementsAre("app.drifted"));
  EXPECT_THAT(world_.machine.TakeCalls(), IsEmpty()) << "nothing is healed";
}

TEST_F(DriftPatrolTest, WhatWasPutBackIsLookedAtSoon) {
  world_.machine.Change("web", "app.files", "the file x was changed");
  world_.clock().Advance(hours(1));
  Rounds(patrol_);
  EXPECT_EQ(Shown()->verdict, DriftVerdict::kDrifted);
  EXPECT_FALSE(Shown()->steps.empty());
  EXPECT_EQ(EngineWorld::Value(world_.engine().Overview()).apps.at(0).drift->verdict,
            DriftVerdict::kDrifted);
  world_.ReconcileApp("web");
  EXPECT_FALSE(Shown()) << "what was seen is of an earlier state";
  world_.clock().Advance(std::chrono::minutes(1));
  Rounds(patrol_);
  EXPECT_THAT(told_, ElementsAre(DriftVerdict::kDrifted, DriftVerdict::kInSync));
  EXPECT_THAT(Events(), ElementsAre("app.drifted", "app.drift_gone"));
}

TEST_F(DriftPatrolTest, WaitsWhileAppsWaitAndDoesNothingWhenItIsOff) {
  world_.clock().Advance(hours(1));
  daemon_.state.apps.waiting = 1;
  Rounds(patrol_);
  daemon_.state.apps.waiting = 0;
  daemon_.state.draining = true;
  Rounds(patrol_);
  daemon_.state.draining = false;
  daemon_.config->server.drift_interval = milliseconds(0);
  Rounds(patrol_);
  EXPECT_THAT(told_, IsEmpty());
  daemon_.config->server.drift_interval = hours(1);
  Rounds(patrol_);
  EXPECT_EQ(told_.size(), 1U);
}

TEST_F(DriftPatrolTest, SuspendedAppsAreLeftAlone) {
  ASSERT_TRUE(world_.engine().Suspend("web", "maintenance"));
  world_.clock().Advance(hours(1));
  Rounds(patrol_);
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(DriftPatrolTest, ALookThatARunCameInTheWayOfIsNotKept) {
  world_.machine.during_look = [&] {
    AppRecord record = world_.Record("web");
    record.last_run += 1;
    ASSERT_TRUE(world_.store->SaveApps({record}, {}));
  };
  world_.clock().Advance(hours(1));
  Rounds(patrol_);
  EXPECT_THAT(told_, IsEmpty());
  EXPECT_FALSE(Kept());
  world_.machine.during_look = nullptr;
  world_.clock().Advance(std::chrono::minutes(1));
  Rounds(patrol_);
  EXPECT_EQ(told_.size(), 1U);
}

}  // namespace
}  // namespace gitops
