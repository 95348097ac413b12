// Sources, snapshots and events in the store; all or nothing, and several at once.
#include "engine/store/sqlite_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

std::vector<std::string> Messages(const std::vector<Event>& events) {
  std::vector<std::string> messages;
  for (const Event& event : events) messages.push_back(event.message);
  return messages;
}

class SqliteStoreTest : public testing::Test {
 protected:
  TempStore store_;
};

// --- Sources

TEST_F(SqliteStoreTest, ALookBesideOtherWorkKeepsWhatTheWorkFound) {
  AppRecord worked = NewApp("web");
  worked.current_snapshot = 3;
  worked.rejected = {"d1"};
  worked.reason = "rolled back";
  worked.dirty = false;
  ASSERT_TRUE(store_->SaveApps({worked}, {}));
  AppRecord looked = NewApp("web");  // Loaded before that work, and changed by a look since.
  looked.tree = Oid('7');
  looked.dirty = true;
  AppRecord fresh = NewApp("new");
  fresh.reason = "whole";
  SourceSync sync;
  sync.source = SomeSource();
  sync.apps = {looked, fresh};
  sync.only_looks = true;
  ASSERT_TRUE(store_->RecordSourceSync(sync));
  const AppRecord app = **store_->LoadApp(worked.id);
  EXPECT_EQ(app.tree, Oid('7'));
  EXPECT_TRUE(app.dirty);
  EXPECT_EQ(app.current_snapshot, 3);
  EXPECT_EQ(app.rejected, worked.rejected);
  EXPECT_EQ(app.reason, "rolled back");
  EXPECT_EQ((**store_->LoadApp(fresh.id)).reason, "whole");
}

TEST_F(SqliteStoreTest, UpdatesLoadChangeAndSaveInOneGo) {
  ASSERT_TRUE(store_->SaveApps({NewApp("web"), NewApp("db")}, {}));
  const auto updated =
      store_->UpdateApps({{"production", "nobody"}, NewApp("db").id, NewApp("web").id},
                         [](AppRecord& app) { app.reason = "by " + app.id.name; }, {});
  ASSERT_TRUE(updated);
  ASSERT_EQ(updated->size(), 2U) << "an app that is not there is left out";
  EXPECT_EQ(updated->front().reason, "by db");
  EXPECT_EQ((**store_->LoadApp(NewApp("web").id)).reason, "by web");
}

TEST_F(SqliteStoreTest, ASourceComesBackWhole) {
  SourceRecord never;
  never.name = "never-read";
  ASSERT_TRUE(store_->RecordSourceSync({.source = never, .apps = {}, .events = {}}));
  ASSERT_TRUE(store_->RecordSourceSync({.source = SomeSource(), .apps = {}, .events = {}}));
  store_.Reopen();
  const auto sources = store_->LoadSources();
  ASSERT_TRUE(sources) << sources.error().ToString();
  EXPECT_EQ(*sources, (std::vector<SourceRecord>{SomeSource(), never}));
}

TEST_F(SqliteStoreTest, ALongLogIsMovedWhenARunEndsAndNotBefore) {
  const auto size = [this] { return std::filesystem::file_size(store_.path()); };
  AppRecord app = NewApp("web");
  const auto run = store_->BeginRun(SomeRun(app, 0, {}));
  ASSERT_TRUE(run);
  const auto before = size();
  Event event;
  event.type = "source.updated";
  event.message = std::string(3000, 'x');
  // 1,000 pages and more: what SQLite by itself would move.
  ASSERT_TRUE(store_->AppendEvents(std::vector<Event>(1200, event)));
  EXPECT_EQ(size(), before) << "a commit that somebody waits for moves nothing";
  ASSERT_TRUE(store_->FinishRun(*run, Finished(app)));
  EXPECT_GT(size(), before + 3'000'000);
  ASSERT_TRUE(store_->AppendEvents({event}));
  store_.Reopen();
  EXPECT_TRUE(store_->CheckIntegrity());
}

TEST_F(SqliteStoreTest, ALogThatNobodyMovesIsMovedByACommit) {
  const auto before = std::filesystem::file_size(store_.path());
  Event event;
  event.type = "source.updated";
  event.message = std::string(3000, 'x');
  ASSERT_TRUE(store_->AppendEvents(std::vector<Event>(2400, event)));
  EXPECT_GT(std::filesystem::file_size(store_.path()), before + 6'000'000);
}

TEST_F(SqliteStoreTest, ASourceSyncIsOneCommit) {
  const std::uint64_t before = store_.counters().fsyncs;
  ASSERT_TRUE(store_->RecordSourceSync({.source = SomeSource(),
                                        .apps = {NewApp("a"), NewApp("b")},
                                        .events = {SomeEvent("source.updated")}}));
  EXPECT_EQ(store_.counters().fsyncs - before, 1U);
  EXPECT_EQ(store_->ListApps({})->size(), 2U);
  EXPECT_EQ(store_->ListEvents({})->size(), 1U);
}

TEST_F(SqliteStoreTest, ASourceWithAppsIsNotForgotten) {
  ASSERT_TRUE(
      store_->RecordSourceSync({.source = SomeSource(), .apps = {NewApp("web")}, .events = {}}));
  const auto refused = store_->ForgetSource("apps");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  ASSERT_TRUE(store_->ForgetApp({"production", "web"}, {}));
  ASSERT_TRUE(store_->ForgetSource("apps"));
  EXPECT_TRUE(store_->LoadSources()->empty());
}

// --- Snapshots

TEST_F(SqliteStoreTest, SnapshotsComeBackNewestFirst) {
  const AppRecord app = NewApp("web");
  EXPECT_EQ(*store_->NextSnapshotNumber(app.id), 1);
  for (int i = 0; i < 3; ++i) {
    const auto run = store_->BeginRun(SomeRun(app, 0, {}));
    ASSERT_TRUE(run) << run.error().ToString();
    ASSERT_TRUE(store_->FinishRun(*run, Finished(app)));
  }
  const auto snapshots = store_->ListSnapshots(app.id);
  ASSERT_TRUE(snapshots);
  ASSERT_EQ(snapshots->size(), 3U);
  EXPECT_EQ((*snapshots)[0].number, 3);
  Snapshot expected = SomeSnapshot(app.id, 1);
  expected.healthy = true;
  expected.run = 1;
  expected.created_at = store_.clock().Now();
  EXPECT_EQ((*snapshots)[2], expected);
  EXPECT_EQ(**store_->LoadSnapshot(app.id, 1), expected);
  EXPECT_FALSE((*store_->LoadSnapshot(app.id, 9)).has_value());
}

TEST_F(SqliteStoreTest, ARunMayGoBackToASnapshotThatIsThere) {
  const AppRecord app = NewApp("web");
  const auto first = store_->BeginRun(SomeRun(app, 0, {}));
  ASSERT_TRUE(store_->FinishRun(*first, Finished(app)));
  NewRun again = SomeRun(app, 0, {});
  again.snapshot = **store_->LoadSnapshot(app.id, 1);
  const auto second = store_->BeginRun(again);
  ASSERT_TRUE(second);
  EXPECT_EQ((*store_->LoadRun(*second))->snapshot, 1);
  EXPECT_TRUE((*store_->LoadSnapshot(app.id, 1))->healthy);
  EXPECT_EQ((*store_->LoadSnapshot(app.id, 1))->run, *second);
}

TEST_F(SqliteStoreTest, AllSnapshotsOfAFilter) {
  for (const char* name : {"b", "a"}) {
    for (int i = 0; i < 2; ++i) {
      const AppRecord app = NewApp(name);
      const auto run = store_->BeginRun(SomeRun(app, 0, {}));
      ASSERT_TRUE(store_->FinishRun(*run, Finished(app)));
    }
  }
  const AppRecord staging = NewApp("c", "staging");
  ASSERT_TRUE(store_->BeginRun(SomeRun(staging, 0, {})));
  AppFilter filter;
  filter.environment = "production";
  const auto snapshots = store_->ListAllSnapshots(filter);
  ASSERT_TRUE(snapshots) << snapshots.error().ToString();
  ASSERT_EQ(snapshots->size(), 4U);
  EXPECT_EQ((*snapshots)[0].app.name, "a");
  EXPECT_EQ((*snapshots)[0].number, 2);
  EXPECT_EQ((*snapshots)[3].app.name, "b");
  EXPECT_EQ((*snapshots)[3].number, 1);
  EXPECT_EQ(store_->ListAllSnapshots({})->size(), 5U);
}

// --- Events

TEST_F(SqliteStoreTest, AnEventComesBackWhole) {
  Event event;
  event.time = At(50);
  event.severity = Severity::kWarning;
  event.type = "run.failed";
  event.source = "apps";
  event.app = AppId{"production", "web"};
  event.run = 4;
  event.message = "it \"failed\"";
  ASSERT_TRUE(store_->AppendEvents({event, SomeEvent("now")}));
  const auto events = store_->ListEvents({});
  ASSERT_TRUE(events);
  event.id = 1;
  EXPECT_EQ((*events)[0], event);
  EXPECT_EQ((*events)[1].time, store_.clock().Now());
  EXPECT_EQ((*events)[1].severity, Severity::kNote);
  EXPECT_FALSE((*events)[1].app);
}

TEST_F(SqliteStoreTest, EventsByAppSourceAndPage) {
  std::vector<Event> events;
  for (int i = 1; i <= 6; ++i) {
    Event event = SomeEvent(std::to_string(i));
    if (i % 2 == 0) event.app = AppId{"production", "web"};
    if (i % 3 == 0) event.source = "apps";
    events.push_back(event);
  }
  ASSERT_TRUE(store_->AppendEvents(events));
  EventFilter filter;
  filter.app = AppId{"production", "web"};
  EXPECT_EQ(Messages(*store_->ListEvents(filter)), (std::vector<std::string>{"2", "4", "6"}));
  filter = {};
  filter.source = "apps";
  EXPECT_EQ(Messages(*store_->ListEvents(filter)), (std::vector<std::string>{"3", "6"}));
  filter = {};
  filter.limit = 2;
  EXPECT_EQ(Messages(*store_->ListEvents(filter)), (std::vector<std::string>{"5", "6"}))
      << "the newest, oldest first";
  filter.after_id = 2;
  EXPECT_EQ(Messages(*store_->ListEvents(filter)), (std::vector<std::string>{"3", "4"}));
  filter.limit = 0;
  EXPECT_TRUE(store_->ListEvents(filter)->empty());
}

TEST_F(SqliteStoreTest, OldEventsGoInBatches) {
  SqliteStoreOptions options = store_.Options();
  options.max_events = 100;
  store_.Close();
  const auto store = *store_.Open(options);
  EventFilter all;
  all.limit = 10'000;
  ASSERT_TRUE(store->AppendEvents(std::vector<Event>(599, SomeEvent("old"))));
  EXPECT_EQ(store->ListEvents(all)->size(), 599U);
  ASSERT_TRUE(store->AppendEvents({SomeEvent("new")}));
  EXPECT_EQ(store->ListEvents(all)->size(), 100U);
  EXPECT_EQ(store->ListEvents(all)->back().message, "new");
  EXPECT_EQ(store->ListEvents(all)->back().id, 600);
}

// --- All or nothing, and several at once

TEST_F(SqliteStoreTest, WhatFailsHalfWayLeavesNothing) {
  const AppRecord app = NewApp("web");
  ASSERT_TRUE(store_->BeginRun(SomeRun(app, 0, {})));
  const std::uint64_t rows = store_.counters().rows_written;
  NewRun second = SomeRun(app, 0, {});
  second.events = {SomeEvent("never")};
  ASSERT_FALSE(store_->BeginRun(second));
  EXPECT_TRUE(store_->ListEvents({})->empty());
  EXPECT_EQ(store_.counters().rows_written, rows);
  EXPECT_TRUE(store_->AppendEvents({SomeEvent("after")})) << "the store works on";
}

TEST_F(SqliteStoreTest, ThreadsShareAStore) {
  constexpr int kThreads = 4;
  constexpr int kRuns = 10;
  std::atomic<int> failures{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        const AppRecord app = NewApp("app" + std::to_string(t));
        const Action action = SomeAction("setup");
        for (int i = 0; i < kRuns; ++i) {
          const auto recorded = store_->LoadRecorded(app.id);
          const auto run = store_->BeginRun(SomeRun(app, recorded->serial, {action}));
          if (!run || !store_->MarkStarted(*run, 0) ||
              !store_->MarkFinished(*run, 0, Success(action)) ||
              !store_->FinishRun(*run, Finished(app)) || !store_->ListApps({})) {
            ++failures;
          }
        }
      });
    }
  }
  EXPECT_EQ(failures, 0);
  for (int t = 0; t < kThreads; ++t) {
    const AppId id{"production", "app" + std::to_string(t)};
    EXPECT_EQ(store_->ListRuns(id, 100)->size(), static_cast<std::size_t>(kRuns));
    EXPECT_EQ(store_->LoadRecorded(id)->serial, 2U * kRuns);
  }
}

TEST_F(SqliteStoreTest, ReadingAndOpeningWriteNothing) {
  ASSERT_TRUE(store_->SaveApps({NewApp("web")}, {}));
  const std::uint64_t rows = store_.counters().rows_written;
  const std::uint64_t fsyncs = store_.counters().fsyncs;
  store_.Reopen();
  EXPECT_TRUE(store_->ListApps({}));
  EXPECT_TRUE(store_->LoadSources());
  EXPECT_TRUE(store_->UnfinishedRuns());
  EXPECT_TRUE(store_->CheckIntegrity());
  EXPECT_EQ(store_.counters().rows_written, rows);
  EXPECT_EQ(store_.counters().fsyncs, fsyncs);
}

TEST_F(SqliteStoreTest, OutputsAreNowhereInClear) {
  const AppRecord app = NewApp("web");
  const Action action = SomeAction("host");
  const auto run = store_->BeginRun(SomeRun(app, 0, {action}));
  ASSERT_TRUE(store_->MarkStarted(*run, 0));
  ASSERT_TRUE(store_->MarkFinished(*run, 0, Success(action, {{"password", "hunter2-hunter2"}})));
  const std::string copy = store_.directory() + "/copy.db";
  ASSERT_TRUE(store_->Backup(copy));
  std::string bytes;
  for (const char* name : {"state.db", "state.db-wal", "copy.db"}) {
    std::ifstream file(store_.directory() + "/" + name, std::ios::binary);
    bytes.append(std::istreambuf_iterator<char>(file), {});
  }
  EXPECT_NE(bytes.find("app.host"), std::string::npos) << "the step itself is there";
  EXPECT_EQ(bytes.find("hunter2"), std::string::npos);
  EXPECT_EQ(bytes.find("password"), std::string::npos);
}

}  // namespace
}  // namespace gitops
