// Apps and their recorded steps in the store.
#include <gtest/gtest.h>

#include "engine/store/sqlite_store.h"
#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

std::vector<std::string> Names(const std::vector<AppRecord>& apps) {
  std::vector<std::string> names;
  for (const AppRecord& app : apps) names.push_back(app.id.ToString());
  return names;
}

class StoredAppsTest : public testing::Test {
 protected:
  TempStore store_;
};

TEST_F(StoredAppsTest, AnAppComesBackWhole) {
  const AppRecord full = FullApp("full");
  const AppRecord fresh = NewApp("fresh");
  AppRecord parked = NewApp("parked");
  parked.retry = RetryState{};
  parked.suspension = Suspension{};
  AppRecord root = NewApp("root");
  root.directory = "";
  root.tree = ObjectId();
  root.revision = {"worktree", ObjectId()};
  ASSERT_TRUE(store_->SaveApps({full, fresh, parked, root}, {}));
  store_.Reopen();
  for (const AppRecord& app : {full, fresh, parked, root}) {
    const auto loaded = store_->LoadApp(app.id);
    ASSERT_TRUE(loaded) << loaded.error().ToString();
    EXPECT_EQ(**loaded, app) << app.id.name;
  }
}

TEST_F(StoredAppsTest, EveryStoredNameComesBack) {
  for (const Health health : {Health::kHealthy, Health::kSuspended, Health::kProgressing,
                              Health::kMissing, Health::kDegraded, Health::kUnknown}) {
    AppRecord app = NewApp("web");
    app.health = health;
    app.presence = Presence::kInvalid;
    app.sync = SyncStatus::kSynced;
    ASSERT_TRUE(store_->SaveApps({app}, {}));
    EXPECT_EQ(**store_->LoadApp(app.id), app);
  }
}

TEST_F(StoredAppsTest, TextKeepsEveryByte) {
  AppRecord app = NewApp("web");
  app.directory = std::string("t\0m/\xff\xfe'; DROP TABLE app; --", 27);
  ASSERT_TRUE(store_->SaveApps({app}, {}));
  EXPECT_EQ((*store_->LoadApp(app.id))->directory, app.directory);
  EXPECT_EQ(store_->FindAppsAt("apps", {app.directory})->size(), 1U);
}

TEST_F(StoredAppsTest, AMissingAppIsNoError) {
  const auto app = store_->LoadApp({"production", "nobody"});
  ASSERT_TRUE(app);
  EXPECT_FALSE(app->has_value());
  const auto recorded = store_->LoadRecorded({"production", "nobody"});
  ASSERT_TRUE(recorded);
  EXPECT_EQ(recorded->serial, 0U);
  EXPECT_EQ(recorded->app.name, "nobody");
  EXPECT_TRUE(store_->ForgetApp({"production", "nobody"}, {}));
}

TEST_F(StoredAppsTest, SavingTheSameAgainCostsNothing) {
  const std::vector<AppRecord> apps = {FullApp("full"), NewApp("fresh")};
  ASSERT_TRUE(store_->RecordSourceSync({.source = SomeSource(), .apps = apps, .events = {}}));
  WorkCounters& counters = store_.counters();
  const std::uint64_t fsyncs = counters.fsyncs;
  const std::uint64_t rows = counters.rows_written;
  ASSERT_TRUE(store_->SaveApps(apps, {}));
  ASSERT_TRUE(store_->RecordSourceSync({.source = SomeSource(), .apps = apps, .events = {}}));
  ASSERT_TRUE(store_->AppendEvents({}));
  EXPECT_EQ(counters.fsyncs, fsyncs);
  EXPECT_EQ(counters.rows_written, rows);
  AppRecord changed = apps[0];
  changed.retry.reset();
  ASSERT_TRUE(store_->SaveApps({changed, apps[1]}, {}));
  EXPECT_EQ(counters.rows_written, rows + 1) << "only the row that differs";
  EXPECT_EQ(**store_->LoadApp(changed.id), changed);
}

TEST_F(StoredAppsTest, AppsAreListedByIdAndFilter) {
  AppRecord staging = NewApp("web", "staging");
  staging.source = "other";
  ASSERT_TRUE(store_->SaveApps({staging, NewApp("web"), NewApp("api")}, {}));
  EXPECT_EQ(Names(*store_->ListApps({})),
            (std::vector<std::string>{"production/api", "production/web", "staging/web"}));
  AppFilter filter;
  filter.environment = "staging";
  EXPECT_EQ(Names(*store_->ListApps(filter)), std::vector<std::string>{"staging/web"});
  filter = {};
  filter.source = "apps";
  EXPECT_EQ(*store_->CountApps(filter), 2U);
  filter.environment = "staging";
  EXPECT_EQ(*store_->CountApps(filter), 0U);
}

TEST_F(StoredAppsTest, AppsAreFoundByNameInAnyEnvironment) {
  AppRecord elsewhere = NewApp("web");
  elsewhere.id.environment = "staging";
  ASSERT_TRUE(store_->SaveApps({NewApp("api"), NewApp("web"), NewApp("web2"), elsewhere}, {}));
  AppFilter filter;
  filter.name = "web";
  const auto both = store_->ListApps(filter);
  ASSERT_TRUE(both) << both.error().ToString();
  ASSERT_EQ(both->size(), 2U);
  EXPECT_EQ((*both)[0].id, (AppId{"production", "web"}));
  EXPECT_EQ((*both)[1].id, (AppId{"staging", "web"}));
  filter.environment = "staging";
  filter.source = elsewhere.source;
  filter.needing_work = true;
  EXPECT_EQ(store_->ListApps(filter)->size(), 1U);
  filter.name = "none";
  EXPECT_EQ(*store_->CountApps(filter), 0U);
}

TEST_F(StoredAppsTest, AppsThatNeedWork) {
  const auto app = [](const std::string& name, bool dirty) {
    AppRecord record = NewApp(name);
    record.dirty = dirty;
    return record;
  };
  AppRecord due = app("due", false);
  due.retry = RetryState{.attempts = 1, .next = At(100), .desired_digest = ""};
  AppRecord later = app("later", false);
  later.retry = RetryState{.attempts = 1, .next = At(101), .desired_digest = ""};
  AppRecord parked = app("parked", false);
  parked.retry = RetryState{.attempts = 1, .next = std::nullopt, .desired_digest = ""};
  const AppRecord busy = app("busy", false);
  const AppRecord other = [&] {
    AppRecord record = app("other", true);
    record.source = "elsewhere";
    return record;
  }();
  ASSERT_TRUE(store_->SaveApps(
      {app("dirty", true), app("idle", false), due, later, parked, busy, other}, {}));
  ASSERT_TRUE(store_->BeginRun(SomeRun(busy, 0, {SomeAction("setup")})));
  AppFilter filter;
  filter.needing_work = true;
  filter.now = At(100);
  filter.source = "apps";
  EXPECT_EQ(Names(*store_->ListApps(filter)),
            (std::vector<std::string>{"production/busy", "production/dirty", "production/due"}));
  EXPECT_EQ(*store_->CountApps(filter), 3U);
  filter.source = "";
  EXPECT_EQ(*store_->CountApps(filter), 4U);
}

TEST_F(StoredAppsTest, AppsThatOweARollback) {
  AppRecord owing = NewApp("owing");
  owing.owed_rollback = 3;
  ASSERT_TRUE(store_->SaveApps({NewApp("idle"), owing}, {}));
  AppFilter filter;
  filter.owing_rollback = true;
  EXPECT_EQ(Names(*store_->ListApps(filter)), (std::vector<std::string>{"production/owing"}));
}

TEST_F(StoredAppsTest, PlacesAndAppsByDirectory) {
  AppRecord elsewhere = NewApp("elsewhere");
  elsewhere.source = "other";
  AppRecord orphan = NewApp("orphan");
  orphan.presence = Presence::kOrphaned;
  ASSERT_TRUE(store_->SaveApps({NewApp("b"), NewApp("a"), orphan, elsewhere}, {}));
  const auto places = store_->ListPlaces("apps");
  ASSERT_TRUE(places);
  ASSERT_EQ(places->size(), 3U);
  EXPECT_EQ((*places)[0].directory, "team/a") << "sorted by directory, not as they were saved";
  EXPECT_EQ((*places)[0].tree, Oid('1'));
  EXPECT_EQ((*places)[1].directory, "team/b");
  EXPECT_EQ((*places)[2].presence, Presence::kOrphaned);
  EXPECT_EQ(Names(*store_->FindAppsAt("apps", {"team/b", "team/none", "team/a", "team/b"})),
            (std::vector<std::string>{"production/a", "production/b"}));
  EXPECT_TRUE(store_->FindAppsAt("apps", {"team/elsewhere"})->empty());
}

TEST_F(StoredAppsTest, AnAppIsForgottenWithWhatBelongsToIt) {
  const AppRecord app = NewApp("web");
  const Action action = SomeAction("setup");
  const auto run = store_->BeginRun(SomeRun(app, 0, {action}));
  ASSERT_TRUE(run);
  ASSERT_TRUE(store_->MarkStarted(*run, 0));
  const auto refused = store_->ForgetApp(app.id, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  ASSERT_TRUE(store_->FinishRun(*run, Finished(app)));
  ASSERT_TRUE(store_->ForgetApp(app.id, {SomeEvent("forgotten")}));
  EXPECT_FALSE((*store_->LoadApp(app.id)).has_value());
  EXPECT_TRUE(store_->LoadRecorded(app.id)->steps.empty());
  EXPECT_TRUE(store_->ListSnapshots(app.id)->empty());
  EXPECT_EQ(store_->ListRuns(app.id, 9)->size(), 1U);
  EXPECT_TRUE(store_->CheckIntegrity());
}

TEST_F(StoredAppsTest, RecordedStepsAreSortedByPhase) {
  const AppRecord app = NewApp("web");
  const std::vector<Action> actions = {
      SomeAction("setup"), SomeAction("base", ActionKind::kRun, Phase::kPlatform),
      SomeAction("host", ActionKind::kCreate, Phase::kInfrastructure)};
  const auto run = store_->BeginRun(SomeRun(app, 0, actions));
  for (std::size_t i = 0; i < actions.size(); ++i) {
    ASSERT_TRUE(store_->MarkStarted(*run, i));
    ASSERT_TRUE(store_->MarkFinished(*run, i, Success(actions[i], {})));
  }
  const auto recorded = store_->LoadRecorded(app.id);
  ASSERT_TRUE(recorded);
  ASSERT_EQ(recorded->steps.size(), 3U);
  EXPECT_EQ(recorded->steps[0].step.address.phase, Phase::kInfrastructure);
  EXPECT_EQ(recorded->steps[1].step.address.phase, Phase::kPlatform);
  EXPECT_EQ(recorded->steps[2].step.address.phase, Phase::kApp);
}

}  // namespace
}  // namespace gitops
