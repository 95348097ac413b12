#include "engine/store/journal.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

class JournalTest : public testing::Test {
 protected:
  JournalTest() { EXPECT_TRUE(store_->SaveApps({app_}, {})); }

  RunId Begin(std::vector<Action> actions) {
    const auto run = store_->BeginRun(SomeRun(app_, Serial(), std::move(actions)));
    EXPECT_TRUE(run) << run.error().ToString();
    return *run;
  }

  /// Brings a step into the record by a run of its own.
  void Record(const Action& action, Outputs outputs = {{"address", "10.1.2.3"}}) {
    const RunId run = Begin({action});
    EXPECT_TRUE(store_->MarkStarted(run, 0));
    EXPECT_TRUE(store_->MarkFinished(run, 0, Success(action, std::move(outputs))));
    EXPECT_TRUE(store_->FinishRun(run, Finished(app_)));
  }

  RecordedState Recorded() {
    auto recorded = store_->LoadRecorded(app_.id);
    EXPECT_TRUE(recorded) << recorded.error().ToString();
    return *recorded;
  }
  std::uint64_t Serial() { return Recorded().serial; }
  AppRecord App() { return **store_->LoadApp(app_.id); }

  TempStore store_;
  const AppRecord app_ = NewApp("web");
  const Action setup_ = SomeAction("setup");
  const Action host_ = SomeAction("host", ActionKind::kCreate, Phase::kInfrastructure);
};

TEST_F(JournalTest, AReplacedStepIsTheNewDriversFromTheMomentTheOldThingIsGone) {
  Record(host_);
  Action replacement = host_;
  replacement.kind = ActionKind::kReplace;
  replacement.step.driver = "metal";
  const RunId run = Begin({replacement});
  ASSERT_TRUE(store_->MarkStarted(run, 0));
  EXPECT_EQ(Recorded().steps.at(0).step.driver, "hooks") << "the old thing is still there";

  const std::uint64_t serial = Serial();
  ASSERT_TRUE(store_->MarkReplaced(run, 0));
  const RecordedStep step = Recorded().steps.at(0);
  EXPECT_EQ(step.step.driver, "metal") << "what is half made now is the new driver's to remove";
  EXPECT_TRUE(step.step.inputs.empty());
  EXPECT_TRUE(step.outputs.empty());
  EXPECT_TRUE(step.tainted);
  EXPECT_GT(Serial(), serial);

  ASSERT_TRUE(store_->MarkFinished(run, 0, Outcome(ActionStatus::kUnknown)));
  EXPECT_EQ(Recorded().steps.at(0).step.driver, "metal");
}

TEST_F(JournalTest, ARunIsDurableBeforeItsFirstAction) {
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

TEST_F(JournalTest, ARunOfAnAppThatWasNeverSavedSavesIt) {
  const AppRecord other = NewApp("other");
  ASSERT_TRUE(store_->BeginRun(SomeRun(other, 0, {setup_})));
  EXPECT_TRUE((*store_->LoadApp(other.id)).has_value());
}

TEST_F(JournalTest, OneUnfinishedRunPerApp) {
  Begin({setup_});
  const auto second = store_->BeginRun(SomeRun(app_, 0, {setup_}));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(second.error().primary().summary, "the app has an unfinished run");
  EXPECT_TRUE(store_->BeginRun(SomeRun(NewApp("other"), 0, {setup_})));
}

TEST_F(JournalTest, APlanOfAnOlderRecordIsRefused) {
  Record(setup_);
  ASSERT_GT(Serial(), 0U);
  const auto run = store_->BeginRun(SomeRun(app_, 0, {setup_}));
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(run.error().primary().summary, "the plan is out of date");
  EXPECT_TRUE(store_->UnfinishedRuns()->empty());
}

TEST_F(JournalTest, IntentTaintsAStepThatNeverRan) {
  const RunId run = Begin({setup_});
  ASSERT_TRUE(store_->MarkStarted(run, 0));
  store_.Reopen();

  const RecordedState recorded = Recorded();
  ASSERT_EQ(recorded.steps.size(), 1U);
  const RecordedStep& step = recorded.steps[0];
  EXPECT_EQ(step.step.address, setup_.step.address);
  EXPECT_EQ(step.step.driver, setup_.step.driver);
  EXPECT_TRUE(step.step.inputs.empty());
  EXPECT_TRUE(step.tainted);
  EXPECT_FALSE(step.outcome_unknown);
  EXPECT_EQ(step.run, run);
  EXPECT_EQ(recorded.serial, 1U);
  EXPECT_EQ(App().recorded_serial, 1U);
  EXPECT_TRUE(App().has_recorded_steps);
  const gitops::Run loaded = **store_->LoadRun(run);
  EXPECT_EQ(loaded.actions[0].status, ActionStatus::kRunning);
  EXPECT_EQ(loaded.actions[0].started, store_.clock().Now());
}

TEST_F(JournalTest, IntentKeepsWhatSucceededBefore) {
  Record(setup_);
  Action changed = setup_;
  changed.step.inputs[1].digest = "f2";
  const RunId run = Begin({changed});
  ASSERT_TRUE(store_->MarkStarted(run, 0));
  const RecordedStep step = Recorded().steps.at(0);
  EXPECT_TRUE(step.tainted);
  EXPECT_EQ(step.step, setup_.step);
  EXPECT_EQ(step.outputs, (Outputs{{"address", "10.1.2.3"}}));
  EXPECT_EQ(step.run, run);
}

TEST_F(JournalTest, SuccessReplacesTheStep) {
  Record(setup_);
  Action changed = setup_;
  changed.step.inputs[1].digest = "f2";
  const RunId run = Begin({changed});
  ASSERT_TRUE(store_->MarkStarted(run, 0));
  store_.clock().Advance(std::chrono::seconds(3));
  ASSERT_TRUE(store_->MarkFinished(run, 0, Success(changed, {{"new", "value"}})));
  store_.Reopen();

  const RecordedState recorded = Recorded();
  ASSERT_EQ(recorded.steps.size(), 1U);
  EXPECT_EQ(recorded.steps[0].step, changed.step);
  EXPECT_EQ(recorded.steps[0].outputs, (Outputs{{"new", "value"}}));
  EXPECT_FALSE(recorded.steps[0].tainted);
  EXPECT_EQ(recorded.steps[0].run, run);
  const gitops::Run loaded = **store_->LoadRun(run);
  EXPECT_EQ(loaded.actions[0].status, ActionStatus::kSucceeded);
  EXPECT_EQ(*loaded.actions[0].finished - *loaded.actions[0].started, std::chrono::seconds(3));
}

TEST_F(JournalTest, SuccessOfADeleteRemovesTheStep) {
  Record(setup_);
  Action gone = setup_;
  gone.kind = ActionKind::kDelete;
  const RunId run = Begin({gone});
  ASSERT_TRUE(store_->MarkStarted(run, 0));
  EXPECT_TRUE(Recorded().steps.at(0).tainted);
  ASSERT_TRUE(store_->MarkFinished(run, 0, Outcome(ActionStatus::kSucceeded)));
  EXPECT_TRUE(Recorded().steps.empty());
  EXPECT_FALSE(App().has_recorded_steps);
}

TEST_F(JournalTest, FailureLeavesTheStepTainted) {
  Record(setup_);
  const RunId run = Begin({setup_});
  ASSERT_TRUE(store_->MarkStarted(run, 0));
  ASSERT_TRUE(store_->MarkFinished(run, 0, Outcome(ActionStatus::kFailed)));
  store_.Reopen();
  EXPECT_TRUE(Recorded().steps.at(0).tainted);
  EXPECT_FALSE(Recorded().steps.at(0).outcome_unknown);
  const gitops::Run loaded = **store_->LoadRun(run);
  EXPECT_EQ(loaded.actions[0].status, ActionStatus::kFailed);
  EXPECT_EQ(loaded.actions[0].error, SomeError());
}

TEST_F(JournalTest, FailureBeforeTheStartLeavesTheRecord) {
  Record(setup_);
  const std::uint64_t serial = Serial();
  const RunId run = Begin({setup_});
  ASSERT_TRUE(store_->MarkFinished(run, 0, Outcome(ActionStatus::kFailed)));
  EXPECT_FALSE(Recorded().steps.at(0).tainted);
  EXPECT_EQ(Serial(), serial);
}

TEST_F(JournalTest, AnUnknownOutcomeIsRecordedAsSuch) {
  const RunId run = Begin({host_});
  ASSERT_TRUE(store_->MarkStarted(run, 0));
  ASSERT_TRUE(store_->MarkFinished(run, 0, Outcome(ActionStatus::kUnknown)));
  store_.Reopen();
  EXPECT_TRUE(Recorded().steps.at(0).tainted);
  EXPECT_TRUE(Recorded().steps.at(0).outcome_unknown);
}

TEST_F(JournalTest, AnUnknownOutcomeIsRecordedWithoutAStartToo) {
  const RunId run = Begin({host_});
  ASSERT_TRUE(store_->MarkFinished(run, 0, Outcome(ActionStatus::kUnknown)));
  EXPECT_TRUE(Recorded().steps.at(0).outcome_unknown);
}

TEST_F(JournalTest, AnUnknownOutcomeMayBecomeKnownLater) {
  const RunId run = Begin({host_, setup_});
  ASSERT_TRUE(store_->MarkStarted(run, 0));
  ASSERT_TRUE(store_->MarkFinished(run, 0, Outcome(ActionStatus::kUnknown)));
  ASSERT_TRUE(store_->MarkFinished(run, 0, Success(host_)));
  EXPECT_FALSE(Recorded().steps.at(0).tainted);
  EXPECT_FALSE(Recorded().steps.at(0).outcome_unknown);
  // And a failure of a later start tells how it ended, too.
  ASSERT_TRUE(store_->MarkStarted(run, 1));
  ASSERT_TRUE(store_->MarkFinished(run, 1, Outcome(ActionStatus::kUnknown)));
  ASSERT_TRUE(store_->MarkStarted(run, 1));
  EXPECT_TRUE(Recorded().steps.at(1).outcome_unknown);
  ASSERT_TRUE(store_->MarkFinished(run, 1, Outcome(ActionStatus::kFailed)));
  EXPECT_TRUE(Recorded().steps.at(1).tainted);
  EXPECT_FALSE(Recorded().steps.at(1).outcome_unknown);
}

TEST_F(JournalTest, SkippingWithoutAStartLeavesTheRecord) {
  Record(setup_);
  const RecordedState before = Recorded();
  const RunId run = Begin({setup_});
  ASSERT_TRUE(store_->MarkFinished(run, 0, Outcome(ActionStatus::kSkipped)));
  EXPECT_EQ(Recorded(), before);
  EXPECT_EQ((*store_->LoadRun(run))->actions[0].status, ActionStatus::kSkipped);
}

TEST_F(JournalTest, SkippingTakesTheTaintOfTheStartBack) {
  Record(setup_);
  const RecordedStep before = Recorded().steps.at(0);
  const RunId run = Begin({setup_, host_});
  ASSERT_TRUE(store_->MarkStarted(run, 0));
  ASSERT_TRUE(store_->MarkFinished(run, 0, Outcome(ActionStatus::kSkipped)));
  EXPECT_EQ(Recorded().steps.at(0), before);
  EXPECT_EQ(Serial(), 4U) << "a plan that was made between the two is out of date";
  ASSERT_TRUE(store_->MarkStarted(run, 1));
  EXPECT_EQ(Recorded().steps.size(), 2U);
  ASSERT_TRUE(store_->MarkFinished(run, 1, Outcome(ActionStatus::kSkipped)));
  EXPECT_EQ(Recorded().steps.size(), 1U);
}

TEST_F(JournalTest, SkippingKeepsTheTaintOfAnEarlierRun) {
  for (const ActionStatus earlier : {ActionStatus::kFailed, ActionStatus::kUnknown}) {
    const RunId first = Begin({setup_});
    ASSERT_TRUE(store_->MarkStarted(first, 0));
    ASSERT_TRUE(store_->MarkFinished(first, 0, Outcome(earlier)));
    ASSERT_TRUE(store_->FinishRun(first, Finished(app_, RunStatus::kFailed)));
    const RecordedStep before = Recorded().steps.at(0);
    const RunId second = Begin({setup_});
    ASSERT_TRUE(store_->MarkStarted(second, 0));
    ASSERT_TRUE(store_->MarkStarted(second, 0));
    ASSERT_TRUE(store_->MarkFinished(second, 0, Outcome(ActionStatus::kSkipped)));
    ASSERT_TRUE(store_->FinishRun(second, Finished(app_)));
    EXPECT_EQ(Recorded().steps.at(0), before);
    EXPECT_TRUE(before.tainted);
    EXPECT_EQ(before.outcome_unknown, earlier == ActionStatus::kUnknown);
  }
}

TEST_F(JournalTest, TheSerialGrowsByOneWithEachChange) {
  const RunId run = Begin({setup_, host_});
  EXPECT_EQ(Serial(), 0U);
  ASSERT_TRUE(store_->MarkStarted(run, 0));
  EXPECT_EQ(Serial(), 1U);
  ASSERT_TRUE(store_->MarkFinished(run, 0, Success(setup_)));
  EXPECT_EQ(Serial(), 2U);
  ASSERT_TRUE(store_->MarkFinished(run, 1, Outcome(ActionStatus::kSkipped)));
  EXPECT_EQ(Serial(), 2U);
  AppRecord app = app_;
  app.recorded_serial = 99;
  app.has_recorded_steps = false;
  ASSERT_TRUE(store_->FinishRun(run, Finished(app)));
  ASSERT_TRUE(store_->SaveApps({app}, {}));
  EXPECT_EQ(App().recorded_serial, 2U);
  EXPECT_TRUE(App().has_recorded_steps);
}

TEST_F(JournalTest, ADoneActionIsNotStartedAgain) {
  const RunId run = Begin({setup_, host_});
  ASSERT_TRUE(store_->MarkStarted(run, 0));
  ASSERT_TRUE(store_->MarkFinished(run, 0, Success(setup_)));
  EXPECT_EQ(store_->MarkStarted(run, 0).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(store_->MarkFinished(run, 0, Outcome(ActionStatus::kFailed)).error().kind,
            ErrorKind::kConflict);
  ASSERT_TRUE(store_->MarkStarted(run, 1));
  ASSERT_TRUE(store_->MarkFinished(run, 1, Outcome(ActionStatus::kFailed)));
  EXPECT_TRUE(store_->MarkStarted(run, 1)) << "a failed one may be tried again";
}

TEST_F(JournalTest, FinishingARun) {
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

TEST_F(JournalTest, AFailedRunKeepsItsErrorAndItsSnapshotUnhealthy) {
  const RunId run = Begin({setup_});
  ASSERT_TRUE(store_->FinishRun(run, Finished(app_, RunStatus::kFailed)));
  EXPECT_EQ((*store_->LoadRun(run))->error, SomeError());
  EXPECT_FALSE((*store_->LoadSnapshot(app_.id, 1))->healthy);
}

TEST_F(JournalTest, AFinishedRunTakesNoMoreEntries) {
  const RunId run = Begin({setup_});
  ASSERT_TRUE(store_->FinishRun(run, Finished(app_)));
  EXPECT_EQ(store_->MarkStarted(run, 0).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(store_->MarkFinished(run, 0, Success(setup_)).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(store_->FinishRun(run, Finished(app_)).error().kind, ErrorKind::kConflict);
}

TEST_F(JournalTest, AnUnknownRunIsNotFound) {
  EXPECT_EQ(store_->MarkStarted(7, 0).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(store_->FinishRun(7, Finished(app_)).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(*store_->LoadRun(7), std::nullopt);
}

TEST_F(JournalTest, DroppedSnapshotsGoAndTheirNumbersStayUsed) {
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

TEST_F(JournalTest, ForgettingTheAppKeepsItsHistory) {
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

TEST_F(JournalTest, ANewerLookSurvivesTheEndOfARun) {
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

TEST_F(JournalTest, AnAppThatCameBackIsNotForgotten) {
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

TEST_F(JournalTest, ARunForWhatTheAppNoLongerIsDoesNotBegin) {
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

TEST_F(JournalTest, ARunThatWasPlannedBeforeASuspensionDoesNotBegin) {
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

TEST_F(JournalTest, RecoveriesAreCounted) {
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

TEST_F(JournalTest, RecoveriesCountAnewAfterProgressAndAfterAStop) {
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

TEST_F(JournalTest, RunsAreListedNewestFirst) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(store_->FinishRun(Begin({setup_}), Finished(app_)));
  }
  const auto runs = store_->ListRuns(app_.id, 2);
  ASSERT_TRUE(runs);
  ASSERT_EQ(runs->size(), 2U);
  EXPECT_EQ((*runs)[0].id, 3);
  EXPECT_EQ((*runs)[1].id, 2);
}

TEST_F(JournalTest, OldPlansLoseTheirActions) {
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
