// One run carried out alone: what a driver is given, and when it is asked again.
#include "engine/reconcile/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/fake_driver.h"
#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

class NoLog : public StepLog {
 public:
  void Write(std::string_view) override {}
  void Note(std::string_view) override {}
};

class ExecutorTest : public testing::Test {
 protected:
  ExecutorTest() { temp_.clock().SetAutomatic(true); }

  /// Carries out a run of these actions; the driver answers with `answer_` and notes timeouts.
  ExecutionResult Execute(std::vector<Action> actions, std::stop_token stop = {},
                          std::stop_token pause = {}) {
    for (Action& action : actions) action.step.driver = "fake";
    DriverRegistry drivers;
    drivers.Add("fake", std::make_unique<FakeDriver>([&](const StepContext& context) {
                  timeouts_.push_back(context.timeout);
                  return answer_ ? answer_(context) : std::nullopt;
                }));
    const auto id =
        temp_->BeginRun(SomeRun(NewApp("web" + std::to_string(++runs_)), 0, std::move(actions)));
    EXPECT_TRUE(id) << id.error().ToString();
    const auto run = temp_->LoadRun(*id);
    EXPECT_TRUE(run && *run);
    const RecordedState recorded;
    const AppVariables variables;
    const Redactor redactor({Secret("a secret of some length")});
    NoLog log;
    Executor executor(temp_.get(), drivers, temp_.clock(), temp_.clock());
    auto result = executor.Execute(
        {.run = **run,
         .recorded = recorded,
         .variables = variables,
         .log = log,
         .redactor = redactor,
         .step_timeout = milliseconds(7000),
         .hook_timeout = milliseconds(9000),
         .pause = std::move(pause)},
        [](const auto&, std::size_t, const ActionRecord&) {}, std::move(stop));
    EXPECT_TRUE(result) << result.error().ToString();
    return *std::move(result);
  }

  static Action WithTimeout(const std::string& seconds) {
    Action action = SomeAction("setup");
    action.step.parameters["timeout_seconds"] = seconds;
    return action;
  }

  TempStore temp_;
  FakeDriver::Answer answer_;
  std::vector<milliseconds> timeouts_;
  int runs_ = 0;  ///< Each is of an app of its own, for none is ended.
};

TEST_F(ExecutorTest, AStepHasTheTimeThatItDeclares) {
  EXPECT_FALSE(Execute({WithTimeout("90")}).error);
  EXPECT_THAT(timeouts_, ElementsAre(milliseconds(90'000)));
}

TEST_F(ExecutorTest, WithoutATimeOfItsOwnAStepHasThatOfItsNature) {
  Execute({SomeAction("setup"), WithTimeout("0"), WithTimeout("soon"),
           SomeAction("host", ActionKind::kCreate, Phase::kInfrastructure)});
  EXPECT_THAT(timeouts_, ElementsAre(milliseconds(9000), milliseconds(9000), milliseconds(9000),
                                     milliseconds(7000)));
}

TEST_F(ExecutorTest, WhatMayWorkLaterIsTriedThreeTimesInAll) {
  answer_ = [](const StepContext&) {
    return std::optional<Result<Outputs>>(MakeError(ErrorKind::kTransient, "not now"));
  };
  const ExecutionResult result = Execute({SomeAction("setup"), SomeAction("configure")});
  EXPECT_EQ(timeouts_.size(), 3U);
  ASSERT_TRUE(result.error);
  EXPECT_THAT(result.error->ToString(), testing::HasSubstr("app.setup"));
  EXPECT_EQ(result.actions[0].status, ActionStatus::kFailed);
  EXPECT_EQ(result.actions[1].status, ActionStatus::kPending) << "nothing follows a failure";
  EXPECT_TRUE(result.touched_anything);
}

TEST_F(ExecutorTest, WhatWorksTheSecondTimeIsASuccess) {
  answer_ = [this](const StepContext&) -> std::optional<Result<Outputs>> {
    if (timeouts_.size() == 1) return Result<Outputs>(MakeError(ErrorKind::kTransient, "not now"));
    return std::nullopt;
  };
  const ExecutionResult result = Execute({SomeAction("setup")});
  EXPECT_EQ(timeouts_.size(), 2U);
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.actions[0].status, ActionStatus::kSucceeded);
  EXPECT_TRUE(result.actions[0].started && result.actions[0].finished);
}

TEST_F(ExecutorTest, WhatNothingAskedForIsSkippedAndTheNextFollows) {
  Action guarded = SomeAction("setup");
  guarded.guard_any = true;
  const ExecutionResult result = Execute({guarded, SomeAction("configure")});
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.actions[0].status, ActionStatus::kSkipped);
  EXPECT_EQ(result.actions[1].status, ActionStatus::kSucceeded);
  EXPECT_EQ(timeouts_.size(), 1U) << "the driver was not asked for what was skipped";
}

TEST_F(ExecutorTest, NothingIsBegunAfterAStopWasRequested) {
  std::stop_source source;
  source.request_stop();
  for (const bool pause : {false, true}) {
    const ExecutionResult result =
        Execute({SomeAction("setup")}, pause ? std::stop_token() : source.get_token(),
                pause ? source.get_token() : std::stop_token());
    EXPECT_TRUE(result.cancelled);
    EXPECT_FALSE(result.touched_anything);
    EXPECT_EQ(result.actions[0].status, ActionStatus::kPending);
  }
  EXPECT_TRUE(timeouts_.empty());
}

TEST_F(ExecutorTest, AnActionThatWasStoppedStaysStarted) {
  answer_ = [](const StepContext&) {
    return std::optional<Result<Outputs>>(MakeError(ErrorKind::kCancelled, "stopped"));
  };
  const ExecutionResult result = Execute({SomeAction("setup"), SomeAction("configure")});
  EXPECT_TRUE(result.cancelled);
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.actions[0].status, ActionStatus::kRunning) << "the next start observes it";
  EXPECT_EQ(result.actions[1].status, ActionStatus::kPending);
  EXPECT_EQ(timeouts_.size(), 1U);
}

TEST_F(ExecutorTest, ASecretIsInNoError) {
  answer_ = [](const StepContext&) {
    return std::optional<Result<Outputs>>(MakeError(ErrorKind::kInvalid, "it failed",
                                                    "with a secret of some length",
                                                    "echo a secret of some length"));
  };
  const ExecutionResult result = Execute({SomeAction("setup")});
  ASSERT_TRUE(result.error);
  for (const Error& error : {*result.error, *result.actions[0].error}) {
    EXPECT_EQ(error.ToString().find("a secret of"), std::string::npos) << error.ToString();
    EXPECT_EQ(error.primary().hint.find("a secret of"), std::string::npos);
  }
}

TEST_F(ExecutorTest, AnOptionalStepThatFailsIsAWarning) {
  answer_ = [](const StepContext&) {
    return std::optional<Result<Outputs>>(MakeError(ErrorKind::kInvalid, "it failed"));
  };
  Action optional = SomeAction("setup");
  optional.step.optional = true;
  const ExecutionResult result = Execute({optional});
  EXPECT_FALSE(result.error);
  ASSERT_EQ(result.warnings.size(), 1U);
  EXPECT_EQ(result.warnings[0].severity, Severity::kWarning);
  EXPECT_EQ(result.warnings[0].subject, "app.setup");
  EXPECT_EQ(result.actions[0].status, ActionStatus::kSucceeded);
}

}  // namespace
}  // namespace gitops
