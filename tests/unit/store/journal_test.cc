// What an action leaves in the record: its intent, and how it ended.
#include "tests/unit/store/journal_fixture.h"

namespace gitops {
namespace {

class JournalTest : public JournalFixture {};

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

}  // namespace
}  // namespace gitops
