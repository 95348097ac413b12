// Runs as a whole: how they begin, are taken up again, end, and what stays of them.
#include "tests/unit/store/journal_fixture.h"

namespace gitops {
namespace {

class JournalRunsTest : public JournalFixture {};

TEST_F(JournalRunsTest, ARunIsDurableBeforeItsFirstAction) {
  NewRun begun = SomeRun(app_, 0, {host_, setup_});
  begun.trigger = RunTrigger::kManual;
  begun.app.reason = "updating";
  Event event = SomeEvent("run begins");
  event.app = app_.id;
  begun.events = {event};
  const auto id = store_->BeginRun(begun);
  ASSERT_TRUE(id);
  EXPECT_EQ(*id, 1);
  store_.Reopen();

  const auto runs = store_->UnfinishedRuns();
  ASSERT_TRUE(runs) << runs.error().ToString();
  ASSERT_EQ(runs->size(), 1U);
  const gitops::Run& run = runs->front();
  EXPECT_EQ(run.id, *id);
  EXPECT_EQ(run.plan, begun.plan);
  EXPECT_EQ(run.trigger, RunTrigger::kManual);
  EXPECT_EQ(run.status, RunStatus::kRunning);
  EXPECT_EQ(run.snapshot, 1);
  EXPECT_EQ(run.started, store_.clock().Now());
  EXPECT_FALSE(run.finished);
  ASSERT_EQ(run.actions.size(), 2U);
  EXPECT_EQ(run.actions[0].status, ActionStatus::kPending);

  EXPECT_EQ(App().last_run, *id);
  EXPECT_EQ(App().reason, "updating");
  const auto snapshots = store_->ListSnapshots(app_.id);
  ASSERT_TRUE(snapshots);
  ASSERT_EQ(snapshots->size(), 1U);
  EXPECT_EQ(snapshots->front().run, *id);
  EXPECT_FALSE(snapshots->front().healthy);
  EXPECT_EQ((*store_->ListEvents({}))[0].run, *id);
}

TEST_F(JournalRunsTest, ARunOfAnAppThatWasNeverSavedSavesIt) {
  const AppRecord other = NewApp("other");
  ASSERT_TRUE(store_->BeginRun(SomeRun(other, 0, {setup_})));
  EXPECT_TRUE((*store_->LoadApp(other.id)).has_value());
}

TEST_F(JournalRunsTest, OneUnfinishedRunPerApp) {
  Begin({setup_});
  const auto second = store_->BeginRun(SomeRun(app_, 0, {setup_}));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(second.error().primary().summary, "the app has an unfinished run");
  EXPECT_TRUE(store_->BeginRun(SomeRun(NewApp("other"), 0, {setup_})));
}

TEST_F(JournalRunsTest, APlanOfAnOlderRecordIsRefused) {
  Record(setup_);
  ASSERT_GT(Serial(), 0U);
  const auto run = store_->BeginRun(SomeRun(app_, 0, {setup_}));
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(run.error().primary().summary, "the plan is out of date");
  EXPECT_TRUE(store_->UnfinishedRuns()->empty());
}

TEST_F(JournalRunsTest, FinishingARun) {
  const RunId run = Begin({setup_});
  ASSERT_TRUE(store_->MarkStarted(run, 0));
  ASSERT_TRUE(store_->MarkFinished(run, 0, Success(setup_)));
  store_.clock().Advance(std::chrono::seconds(5));
  AppRecord after = app_;
  after.sync = SyncStatus::kSynced;
  after.dirty = false;
  after.current_snapshot = 1;
  RunOutcome outcome = Finished(after);
  Event event = SomeEvent("done");
  event.app = app_.id;
  outcome.events = {event};
  ASSERT_TRUE(store_->FinishRun(run, outcome));
  store_.Reopen();

  EXPECT_TRUE(store_->UnfinishedRuns()->empty());
  const gitops::Run loaded = **store_->LoadRun(run);
  EXPECT_EQ(loaded.status, RunStatus::kSucceeded);
  EXPECT_EQ(*loaded.finished - loaded.started, std::chrono::seconds(5));
  EXPECT_FALSE(loaded.error);
  EXPECT_TRUE((*store_->LoadSnapshot(app_.id, 1))->healthy);
  after.last_run = run;
  after.recorded_serial = 2;
  after.has_recorded_steps = true;
  EXPECT_EQ(App(), after);
  EXPECT_EQ((*store_->ListEvents({}))[0].run, run);
}

TEST_F(JournalRunsTest, AFailedRunKeepsItsErrorAndItsSnapshotUnhealthy) {
  const RunId run = Begin({setup_});
  ASSERT_TRUE(store_->FinishRun(run, Finished(app_, RunStatus::kFailed)));
  EXPECT_EQ((*store_->LoadRun(run))->error, SomeError());
  EXPECT_FALSE((*store_->LoadSnapshot(app_.id, 1))->healthy);
}

TEST_F(JournalRunsTest, AFinishedRunTakesNoMoreEntries) {
  const RunId run = Begin({setup_});
  ASSERT_TRUE(store_->FinishRun(run, Finished(app_)));
  EXPECT_EQ(store_->MarkStarted(run, 0).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(store_->MarkFinished(run, 0, Success(setup_)).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(store_->FinishRun(run, Finished(app_)).error().kind, ErrorKind::kConflict);
}

TEST_F(JournalRunsTest, AnUnknownRunIsNotFound) {
  EXPECT_EQ(store_->MarkStarted(7, 0).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(store_->FinishRun(7, Finished(app_)).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(*store_->LoadRun(7), std::nullopt);
}

TEST_F(JournalRunsTest, DroppedSnapshotsGoAndTheirNumbersStayUsed) {
  for (int i = 0; i < 3; ++i) {
    const RunId run = Begin({setup_});
    RunOutcome outcome = Finished(app_);
    if (i == 2) outcome.dropped_snapshots = {1, 3};
    ASSERT_TRUE(store_->FinishRun(run, outcome));
  }
  const auto snapshots = store_->ListSnapshots(app_.id);
  ASSERT_TRUE(snapshots);
  ASSERT_EQ(snapshots->size(), 1U);
  EXPECT_EQ(snapshots->front().number, 2);
  EXPECT_EQ(*store_->NextSnapshotNumber(app_.id), 4);
}

TEST_F(JournalRunsTest, ForgettingTheAppKeepsItsHistory) {
  Record(setup_);
  Action gone = setup_;
  gone.kind = ActionKind::kDelete;
  NewRun deletion = SomeRun(app_, Serial(), {gone});
  deletion.snapshot.reset();
  const auto run = store_->BeginRun(deletion);
  ASSERT_TRUE(run);
  ASSERT_TRUE(store_->MarkStarted(*run, 0));
  ASSERT_TRUE(store_->MarkFinished(*run, 0, Outcome(ActionStatus::kSucceeded)));
  RunOutcome outcome = Finished(app_);
  outcome.forget_app = true;
  Event event = SomeEvent("gone");
  event.app = app_.id;
  outcome.events = {event};
  ASSERT_TRUE(store_->FinishRun(*run, outcome));

  EXPECT_EQ(*store_->LoadApp(app_.id), std::nullopt);
  EXPECT_TRUE(Recorded().steps.empty());
  EXPECT_TRUE(store_->ListSnapshots(app_.id)->empty());
  EXPECT_EQ(store_->ListRuns(app_.id, 10)->size(), 2U);
  EXPECT_EQ(store_->ListEvents({.app = app_.id, .source = ""})->size(), 1U);
  EXPECT_EQ(*store_->NextSnapshotNumber(app_.id), 2) << "numbers are never used twice";
}

TEST_F(JournalRunsTest, ANewerLookSurvivesTheEndOfARun) {
  const RunId run = Begin({setup_});
  AppRecord newer = app_;
  newer.tree = Oid('7');
  newer.revision = {"main", Oid('8')};
  newer.directory = "moved";
  newer.pattern = "other";
  newer.depends_on = {"database"};
  newer.dirty = true;
  newer.suspension = Suspension{.reason = "stop", .by = "ann", .since = At(5)};
  ASSERT_TRUE(store_->RecordSourceSync({.source = SomeSource(), .apps = {newer}, .events = {}}));
  AppRecord after = app_;
  after.dirty = false;
  after.sync = SyncStatus::kSynced;
  ASSERT_TRUE(store_->FinishRun(run, Finished(after)));
  const AppRecord app = App();
  EXPECT_EQ(app.tree, newer.tree);
  EXPECT_EQ(app.revision, newer.revision);
  EXPECT_EQ(app.directory, "moved");
  EXPECT_EQ(app.pattern, "other");
  EXPECT_EQ(app.depends_on, newer.depends_on);
  EXPECT_EQ(app.suspension, newer.suspension);
  EXPECT_TRUE(app.dirty) << "a push during a run must not be lost";
  EXPECT_EQ(app.sync, SyncStatus::kSynced);
}

TEST_F(JournalRunsTest, AnAppThatCameBackIsNotForgotten) {
  AppRecord orphan = app_;
  orphan.presence = Presence::kOrphaned;
  ASSERT_TRUE(store_->SaveApps({orphan}, {}));
  const NewRun deletion = SomeRun(orphan, 0, {});
  const auto run = store_->BeginRun(deletion);
  ASSERT_TRUE(run);
  AppRecord back = app_;
  back.tree = Oid('7');
  ASSERT_TRUE(store_->SaveApps({back}, {}));
  RunOutcome outcome = Finished(deletion.app);
  outcome.forget_app = true;
  ASSERT_TRUE(store_->FinishRun(*run, outcome));
  EXPECT_EQ(App().presence, Presence::kPresent);
  EXPECT_TRUE(App().dirty);
}

TEST_F(JournalRunsTest, ARunForWhatTheAppNoLongerIsDoesNotBegin) {
  const NewRun planned = SomeRun(app_, 0, {});
  AppRecord moved = app_;
  moved.tree = Oid('7');
  ASSERT_TRUE(store_->SaveApps({moved}, {}));
  const auto refused = store_->BeginRun(planned);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(App().tree, Oid('7')) << "the push between planning and beginning must not be lost";
  EXPECT_TRUE(store_->BeginRun(SomeRun(moved, 0, {})));
}

TEST_F(JournalRunsTest, ARunThatWasPlannedBeforeASuspensionDoesNotBegin) {
  const NewRun planned = SomeRun(app_, 0, {});
  AppRecord suspended = app_;
  suspended.suspension = Suspension{"maintenance", "ann", WallTime()};
  ASSERT_TRUE(store_->SaveApps({suspended}, {}));
  const auto refused = store_->BeginRun(planned);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  EXPECT_NE(refused.error().ToString().find("ann"), std::string::npos);
  EXPECT_TRUE(App().suspension);
  EXPECT_TRUE(store_->BeginRun(SomeRun(suspended, 0, {}))) << "a person's rollback goes on";
}

TEST_F(JournalRunsTest, RecoveriesAreCounted) {
  const RunId run = Begin({setup_});
  Event event = SomeEvent("taken up again");
  event.app = app_.id;
  ASSERT_TRUE(store_->MarkRecovered(run, event));
  ASSERT_TRUE(store_->MarkRecovered(run, event));
  EXPECT_EQ((*store_->LoadRun(run))->recoveries, 2);
  EXPECT_EQ((*store_->ListEvents({})).at(1).run, run);
  ASSERT_TRUE(store_->FinishRun(run, Finished(app_)));
  EXPECT_EQ(store_->MarkRecovered(run, event).error().kind, ErrorKind::kConflict);
}

TEST_F(JournalRunsTest, RecoveriesCountAnewAfterProgressAndAfterAStop) {
  const RunId run = Begin({setup_});
  Event event = SomeEvent("taken up again");
  event.app = app_.id;
  ASSERT_TRUE(store_->MarkRecovered(run, event));
  ASSERT_TRUE(store_->MarkStopped(run));
  EXPECT_EQ((*store_->LoadRun(run))->recoveries, 0);
  ASSERT_TRUE(store_->MarkRecovered(run, event));
  ASSERT_TRUE(store_->MarkStarted(run, 0));
  EXPECT_EQ((*store_->LoadRun(run))->recoveries, 1);
  ASSERT_TRUE(store_->MarkFinished(run, 0, Success(setup_, {})));
  EXPECT_EQ((*store_->LoadRun(run))->recoveries, 0);
}

TEST_F(JournalRunsTest, RunsAreListedNewestFirst) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(store_->FinishRun(Begin({setup_}), Finished(app_)));
  }
  const auto runs = store_->ListRuns(app_.id, 2);
  ASSERT_TRUE(runs);
  ASSERT_EQ(runs->size(), 2U);
  EXPECT_EQ((*runs)[0].id, 3);
  EXPECT_EQ((*runs)[1].id, 2);
}

TEST_F(JournalRunsTest, OldPlansLoseTheirActions) {
  SqliteStoreOptions options = store_.Options();
  options.kept_plans = 2;
  store_.Close();
  const auto store = *store_.Open(options);
  for (int i = 0; i < 4; ++i) {
    const std::uint64_t serial = store->LoadRecorded(app_.id)->serial;
    const auto run = store->BeginRun(SomeRun(app_, serial, {setup_}));
    ASSERT_TRUE(run);
    ASSERT_TRUE(store->MarkStarted(*run, 0));
    ASSERT_TRUE(store->MarkFinished(*run, 0, Success(setup_)));
    ASSERT_TRUE(store->FinishRun(*run, Finished(app_)));
  }
  const auto runs = store->ListRuns(app_.id, 10);
  ASSERT_TRUE(runs) << runs.error().ToString();
  ASSERT_EQ(runs->size(), 4U);
  EXPECT_EQ((*runs)[1].plan.actions.size(), 1U);
  EXPECT_EQ((*runs)[1].actions[0].status, ActionStatus::kSucceeded);
  EXPECT_TRUE((*runs)[2].plan.actions.empty());
  EXPECT_TRUE((*runs)[2].actions.empty());
  EXPECT_EQ((*runs)[3].plan.desired_digest, "digest") << "the head stays";
}

}  // namespace
}  // namespace gitops
