// What the journal takes in one transaction: it is there as a whole or not at all, and costs one
// durable commit.
#include <gtest/gtest.h>

#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

class JournalTransactionsTest : public testing::Test {
 protected:
  JournalTransactionsTest() { EXPECT_TRUE(store_->SaveApps({app_}, {})); }

  RunId BeginStarted(std::vector<Action> actions) {
    NewRun run = SomeRun(app_, Recorded().serial, std::move(actions));
    run.starts = true;
    const auto id = store_->BeginRun(run);
    EXPECT_TRUE(id) << id.error().ToString();
    return *id;
  }
  RecordedState Recorded() { return *store_->LoadRecorded(app_.id); }
  gitops::Run Load(RunId run) { return **store_->LoadRun(run); }
  FinishedAction Succeeded(std::size_t action) { return {action, Success(actions_[action])}; }
  std::uint64_t Commits() { return store_.counters().fsyncs; }

  TempStore store_;
  const AppRecord app_ = NewApp("web");
  const std::vector<Action> actions_{SomeAction("a"), SomeAction("b"), SomeAction("c")};
};

TEST_F(JournalTransactionsTest, ARunBeginsWithItsFirstActionStarted) {
  const std::uint64_t before = Commits();
  const RunId run = BeginStarted(actions_);
  EXPECT_EQ(Commits() - before, 1U);
  store_.Reopen();
  EXPECT_EQ(Load(run).actions[0].status, ActionStatus::kRunning);
  EXPECT_EQ(Load(run).actions[0].started, store_.clock().Now());
  EXPECT_EQ(Load(run).actions[1].status, ActionStatus::kPending);
  ASSERT_EQ(Recorded().steps.size(), 1U);
  EXPECT_TRUE(Recorded().steps[0].tainted) << "intent before effect";
  EXPECT_EQ(Recorded().steps[0].run, run);
}

TEST_F(JournalTransactionsTest, ARefusedRunStartsNothing) {
  BeginStarted(actions_);
  const std::uint64_t serial = Recorded().serial;
  NewRun second = SomeRun(app_, serial, {SomeAction("other")});
  second.starts = true;
  ASSERT_FALSE(store_->BeginRun(second));
  EXPECT_EQ(Recorded().serial, serial);
  EXPECT_EQ(Recorded().steps.size(), 1U);
}

TEST_F(JournalTransactionsTest, AnOutcomeAndTheNextStartAreOne) {
  const RunId run = BeginStarted(actions_);
  const std::uint64_t before = Commits();
  ASSERT_TRUE(store_->MarkGoneOn(run, {Succeeded(0)}, 1));
  EXPECT_EQ(Commits() - before, 1U);
  store_.Reopen();
  EXPECT_EQ(Load(run).actions[0].status, ActionStatus::kSucceeded);
  EXPECT_EQ(Load(run).actions[1].status, ActionStatus::kRunning);
  ASSERT_EQ(Recorded().steps.size(), 2U);
  EXPECT_FALSE(Recorded().steps[0].tainted);
  EXPECT_TRUE(Recorded().steps[1].tainted);
}

TEST_F(JournalTransactionsTest, SkippedActionsComeAlong) {
  const RunId run = BeginStarted(actions_);
  ASSERT_TRUE(store_->MarkGoneOn(run, {Succeeded(0), {1, Outcome(ActionStatus::kSkipped)}}, 2));
  EXPECT_EQ(Load(run).actions[1].status, ActionStatus::kSkipped);
  EXPECT_EQ(Load(run).actions[2].status, ActionStatus::kRunning);
}

TEST_F(JournalTransactionsTest, WhenTheNextMayNotStartNothingIsRecorded) {
  const RunId run = BeginStarted(actions_);
  ASSERT_TRUE(store_->MarkFinished(run, 1, Outcome(ActionStatus::kSkipped)));
  const auto status = store_->MarkGoneOn(run, {Succeeded(0)}, 1);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(Load(run).actions[0].status, ActionStatus::kRunning);
  EXPECT_TRUE(Recorded().steps[0].tainted);
}

TEST_F(JournalTransactionsTest, TheLastOutcomeAndTheEndAreOne) {
  const RunId run = BeginStarted({actions_[0]});
  RunOutcome outcome = Finished(app_);
  outcome.finished = {Succeeded(0)};
  const std::uint64_t before = Commits();
  ASSERT_TRUE(store_->FinishRun(run, outcome));
  EXPECT_EQ(Commits() - before, 1U);
  store_.Reopen();
  EXPECT_EQ(Load(run).status, RunStatus::kSucceeded);
  EXPECT_EQ(Load(run).actions[0].status, ActionStatus::kSucceeded);
  EXPECT_FALSE(Recorded().steps[0].tainted);
}

TEST_F(JournalTransactionsTest, TheEndOfARunThatIsOverRecordsNothing) {
  const RunId run = BeginStarted({actions_[0]});
  ASSERT_TRUE(store_->FinishRun(run, Finished(app_)));
  RunOutcome again = Finished(app_);
  again.finished = {Succeeded(0)};
  const auto status = store_->FinishRun(run, again);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().primary().summary, "the run is over");
  EXPECT_TRUE(Recorded().steps[0].tainted);
}

TEST_F(JournalTransactionsTest, ARunOfKActionsCostsKAndOneCommits) {
  const std::uint64_t before = Commits();
  const RunId run = BeginStarted(actions_);
  ASSERT_TRUE(store_->MarkGoneOn(run, {Succeeded(0)}, 1));
  ASSERT_TRUE(store_->MarkGoneOn(run, {Succeeded(1)}, 2));
  RunOutcome outcome = Finished(app_);
  outcome.finished = {Succeeded(2)};
  ASSERT_TRUE(store_->FinishRun(run, outcome));
  EXPECT_EQ(Commits() - before, actions_.size() + 1);
}

}  // namespace
}  // namespace gitops
