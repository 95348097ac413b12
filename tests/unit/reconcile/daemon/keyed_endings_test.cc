// Work on single apps: what is written down when a run ends, and what becomes of one that cannot.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/reconcile/keyed_engine.h"
#include "tests/support/engine_world.h"
#include "tests/support/faulty_store.h"

namespace gitops {
namespace {

using testing::ElementsAre;

class KeyedEndingsTest : public testing::Test {
 protected:
  KeyedEndingsTest() {
    Start();
    world_.Push(MemoryTree().WithTree("web", EngineWorld::App("web")));
    Look();
  }
  /// As another process would.
  void Start() {
    EngineParts parts = world_.Parts(store_);
    parts.beside_others = true;
    engine_ = MakeKeyedEngine(parts);
  }
  void Look() { EngineWorld::Value(engine_->Look("apps", {}, {})); }
  AppOutcome Work(const AppWish& wish = {}) {
    return EngineWorld::Value(engine_->Work({"default", "web"}, wish, {}));
  }

  EngineWorld world_;
  std::vector<ActionStatus> done_;  ///< How the actions stand when their run is to end.
  FaultyStore store_{world_.store.get(), [this](const std::string& call, FaultyStore::Moment at) {
                       if (call == "FinishRun" && at == FaultyStore::Moment::kBefore) {
                         done_.clear();
                         const auto runs = EngineWorld::Value(world_.store->UnfinishedRuns());
                         for (const auto& action : runs.at(0).actions) {
                           done_.push_back(action.status);
                         }
                       }
                       return Status();
                     }};
  std::unique_ptr<KeyedEngine> engine_;
};

TEST_F(KeyedEndingsTest, ARunWhoseFilesCannotBeReadIsTakenUpAFewSecondsLater) {
  world_.machine.CrashAt("web", "app.configure", true);
  EXPECT_THROW(Work(), WorldCrash);
  Start();
  world_.mirror.Fail("apps", "Open", MakeError(ErrorKind::kTransient, "no such disk", "gone"));
  const AppOutcome outcome = Work();
  EXPECT_TRUE(outcome.worked);
  ASSERT_TRUE(outcome.retry);
  EXPECT_EQ(*outcome.retry - world_.clock().Now(), std::chrono::seconds(30));
  world_.mirror.Heal("apps");
  EXPECT_TRUE(Work().worked);
  EXPECT_EQ(world_.Record("web").sync, SyncStatus::kSynced);
}

TEST_F(KeyedEndingsTest, ADeletionHasWrittenDownAllItDidBeforeItsSnapshotsGo) {
  Work();
  world_.environment().prune = true;
  world_.environment().max_prune_percent = 100;
  world_.Push(MemoryTree({{"README.md", "it is gone"}}));
  Look();
  AppWish prune;
  prune.prune = true;
  EXPECT_TRUE(Work(prune).worked);
  EXPECT_THAT(done_, ElementsAre(ActionStatus::kSucceeded, ActionStatus::kSucceeded));
}

}  // namespace
}  // namespace gitops
