// The laws of the planner, each over many random apps and what becomes of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "differ/changes.h"
#include "differ/differ.h"
#include "differ/guard.h"
#include "differ/planner.h"
#include "engine/model/codec.h"
#include "tests/property/model_executor.h"
#include "tests/property/random_states.h"

namespace gitops {
namespace {

using testing::Dice;
using testing::Essence;
using testing::Evolve;
using testing::Execute;
using testing::ExecuteOptions;
using testing::ForEachSeed;
using testing::RandomApp;
using testing::Shuffled;
using testing::World;

Plan PlanFor(const DesiredState& desired, const RecordedState& recorded,
             const PlanOptions& options = {}) {
  auto plan = BuildPlan(desired, recorded, options);
  if (!plan) {
    ADD_FAILURE() << plan.error().ToString();
    return {};
  }
  return *std::move(plan);
}

RecordedState Nothing(const DesiredState& desired) {
  RecordedState recorded;
  recorded.app = desired.app;
  return recorded;
}

/// The record of an app that went through a few versions, some runs of which failed or crashed.
RecordedState RandomHistory(DesiredState& desired, Dice& dice) {
  RecordedState recorded = Nothing(desired);
  const std::size_t versions = dice.Below(4);
  for (std::size_t i = 0; i < versions; ++i) {
    const Plan plan = PlanFor(desired, recorded);
    ExecuteOptions options;
    if (dice.Once(4) && !plan.IsEmpty()) options.fail_at = dice.Below(plan.actions.size());
    if (dice.Once(4) && !plan.IsEmpty()) options.stop_at = dice.Below(plan.actions.size());
    recorded = Execute(plan, recorded, options).recorded;
    desired = Evolve(desired, dice);
  }
  return recorded;
}

struct Case {
  DesiredState desired;
  RecordedState recorded;
  Plan plan;
};

Case RandomCase(Dice& dice) {
  Case example;
  example.desired = RandomApp(dice);
  example.recorded = RandomHistory(example.desired, dice);
  example.plan = PlanFor(example.desired, example.recorded);
  return example;
}

TEST(PlannerLaws, AStateDoesNotDifferFromItself) {
  ForEachSeed([](Dice& dice) {
    const DesiredState desired = RandomApp(dice);
    const RecordedState recorded =
        Execute(PlanFor(desired, Nothing(desired)), Nothing(desired)).recorded;
    EXPECT_TRUE(ComputeDiff(&desired, recorded).IsEmpty());
  });
}

TEST(PlannerLaws, AppliedPlansReachWhatIsDesired) {
  ForEachSeed([](Dice& dice) {
    const Case c = RandomCase(dice);
    const RecordedState after = Execute(c.plan, c.recorded).recorded;
    EXPECT_TRUE(ComputeDiff(&c.desired, after).IsEmpty());
    // The way does not matter: it is the state that a fresh start gives.
    const RecordedState fresh =
        Execute(PlanFor(c.desired, Nothing(c.desired)), Nothing(c.desired)).recorded;
    EXPECT_EQ(Essence(after), Essence(fresh));
  });
}

TEST(PlannerLaws, TheSecondPlanIsEmpty) {
  ForEachSeed([](Dice& dice) {
    const Case c = RandomCase(dice);
    EXPECT_TRUE(PlanFor(c.desired, Execute(c.plan, c.recorded).recorded).IsEmpty());
    ExecuteOptions options;
    options.world = World::kVolatile;
    EXPECT_TRUE(PlanFor(c.desired, Execute(c.plan, c.recorded, options).recorded).IsEmpty());
  });
}

TEST(PlannerLaws, NoActionCanBeDropped) {
  std::size_t dropped = 0;
  const bool all = ForEachSeed([&dropped](Dice& dice) {
    const Case c = RandomCase(dice);
    for (std::size_t i = 0; i < c.plan.actions.size(); ++i) {
      // Checks after other steps leave no trace in the record; the law below is theirs.
      if (c.plan.actions[i].reason.code == ReasonCode::kAfterOtherSteps) continue;
      ExecuteOptions options;
      options.world = World::kVolatile;  // In which every guard opens.
      options.drop = i;
      EXPECT_FALSE(ComputeDiff(&c.desired, Execute(c.plan, c.recorded, options).recorded).IsEmpty())
          << c.plan.actions[i].step.address.ToString();
      ++dropped;
    }
  });
  EXPECT_TRUE(!all || dropped > 200U) << dropped;
}

TEST(PlannerLaws, OnlyGuardedActionsAreSkipped) {
  std::size_t skipped = 0;
  const bool all = ForEachSeed([&skipped](Dice& dice) {
    DesiredState desired = RandomApp(dice);
    RecordedState recorded = Nothing(desired);
    for (int version = 0; version < 5; ++version, desired = Evolve(desired, dice)) {
      const Plan plan = PlanFor(desired, recorded);
      const auto execution = Execute(plan, recorded);
      recorded = execution.recorded;
      for (std::size_t i = 0; i < plan.actions.size(); ++i) {
        if (execution.ran[i]) continue;
        ++skipped;
        EXPECT_TRUE(!plan.actions[i].guard.empty() || plan.actions[i].guard_any);
      }
    }
  });
  EXPECT_TRUE(!all || skipped > 50U) << skipped;
}

/// A slow second opinion on which steps have an action: the definition, up to a fixed point.
std::set<StepAddress> StepsThatMayRun(const DesiredState& desired, const RecordedState& recorded) {
  std::set<StepAddress> may_run;
  for (const Step& step : desired.steps) {
    const RecordedStep* known = recorded.Find(step.address);
    bool runs = known == nullptr || known->tainted || known->step.driver != step.driver ||
                !CompareInputs(OwnInputs(known->step), step.inputs).empty();
    for (const OutputRef& ref : runs ? std::vector<OutputRef>() : known->step.consumes) {
      runs = runs || std::count(step.consumes.begin(), step.consumes.end(), ref) == 0;
    }
    for (const OutputRef& ref : step.consumes) {
      const RecordedStep* upstream = recorded.Find(ref.step);
      if (runs || upstream == nullptr) continue;
      runs = std::none_of(known->step.inputs.begin(), known->step.inputs.end(),
                          [&](const Input& input) {
                            return input.name == ref.InputName() &&
                                   input.digest == DigestOutputs(ref, upstream->outputs);
                          });
    }
    if (runs) may_run.insert(step.address);
  }
  bool any_other =
      std::any_of(recorded.steps.begin(), recorded.steps.end(), [&](const RecordedStep& known) {
        return !desired.Find(known.step.address) && !known.step.after_any;
      });
  for (std::size_t round = 0; round <= desired.steps.size(); ++round) {
    for (const Step& step : desired.steps) {
      for (const OutputRef& ref : step.consumes) {
        if (may_run.contains(ref.step)) may_run.insert(step.address);
      }
      if (may_run.contains(step.address) && !step.after_any) any_other = true;
    }
  }
  if (any_other) {
    for (const Step& step : desired.steps) {
      if (step.after_any) may_run.insert(step.address);
    }
  }
  return may_run;
}

std::vector<std::string> Names(const std::set<StepAddress>& addresses) {
  std::vector<std::string> names;
  for (const StepAddress& address : addresses) names.push_back(address.ToString());
  return names;
}

TEST(PlannerLaws, OnlyStepsThatAreAffectedHaveAnAction) {
  ForEachSeed([](Dice& dice) {
    const Case c = RandomCase(dice);
    std::set<StepAddress> planned;
    for (const Action& action : c.plan.actions) {
      if (action.kind == ActionKind::kDelete) {
        EXPECT_EQ(c.desired.Find(action.step.address), nullptr);
        continue;
      }
      EXPECT_TRUE(planned.insert(action.step.address).second) << "planned twice";
    }
    EXPECT_EQ(Names(planned), Names(StepsThatMayRun(c.desired, c.recorded)));
  });
}

TEST(PlannerLaws, UnguardedActionsHaveAReasonThatIsKnownNow) {
  ForEachSeed([](Dice& dice) {
    const Case c = RandomCase(dice);
    for (const Action& action : c.plan.actions) {
      EXPECT_EQ(!action.guard.empty(), action.reason.code == ReasonCode::kUpstreamMayChange);
      EXPECT_NE(action.reason.code, ReasonCode::kUnchanged);
      EXPECT_FALSE(action.reason.text.empty());
    }
  });
}

/// Where each step stands in a list of actions.
std::map<StepAddress, std::size_t> Positions(const std::vector<Action>& actions) {
  std::map<StepAddress, std::size_t> positions;
  for (std::size_t i = 0; i < actions.size(); ++i) positions[actions[i].step.address] = i;
  return positions;
}

/// Every step that has to come before `step`.
std::vector<StepAddress> Before(const Step& step) {
  std::vector<StepAddress> before = step.after;
  for (const OutputRef& ref : step.consumes) before.push_back(ref.step);
  return before;
}

TEST(PlannerLaws, TheOrderRespectsPhasesAndEdges) {
  ForEachSeed([](Dice& dice) {
    const Case c = RandomCase(dice);
    const auto first_kept =
        std::find_if(c.plan.actions.begin(), c.plan.actions.end(),
                     [](const Action& action) { return action.kind != ActionKind::kDelete; });
    const std::vector<Action> deletes(c.plan.actions.begin(), first_kept);
    const std::vector<Action> kept(first_kept, c.plan.actions.end());
    EXPECT_TRUE(std::all_of(kept.begin(), kept.end(), [](const Action& action) {
      return action.kind != ActionKind::kDelete;
    }));
    const auto by_phase = [](const Action& a, const Action& b) {
      return a.step.address.phase < b.step.address.phase;
    };
    EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end(), by_phase));
    EXPECT_TRUE(std::is_sorted(deletes.rbegin(), deletes.rend(), by_phase));

    const auto position = Positions(kept);
    for (const Action& action : kept) {
      for (const StepAddress& before : Before(action.step)) {
        if (position.contains(before)) {
          EXPECT_LT(position.at(before), position.at(action.step.address));
        }
      }
    }
    const auto undone = Positions(deletes);
    for (const Action& action : deletes) {
      for (const StepAddress& before : Before(action.step)) {
        if (undone.contains(before)) {
          EXPECT_GT(undone.at(before), undone.at(action.step.address));
        }
      }
    }
  });
}

TEST(PlannerLaws, TheOrderOfTheInputChangesNoByteOfThePlan) {
  ForEachSeed([](Dice& dice) {
    const Case c = RandomCase(dice);
    const std::string bytes = EncodePlan(c.plan);
    EXPECT_EQ(EncodePlan(PlanFor(c.desired, c.recorded)), bytes);
    EXPECT_EQ(EncodePlan(PlanFor(Shuffled(c.desired, dice), Shuffled(c.recorded, dice))), bytes);
  });
}

TEST(PlannerLaws, APlanSurvivesItsJson) {
  ForEachSeed([](Dice& dice) {
    const Case c = RandomCase(dice);
    const auto decoded = DecodePlan(EncodePlan(c.plan));
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(*decoded, c.plan);
  });
}

TEST(PlannerLaws, WhatDoesNotMakeAStepRunMakesNoPlan) {
  ForEachSeed([](Dice& dice) {
    Case c = RandomCase(dice);
    const RecordedState after = Execute(c.plan, c.recorded).recorded;
    c.desired.revision.commit = *ObjectId::FromHex("9999999999999999999999999999999999999999");
    c.desired.app_version = "2.0.0";
    for (Step& step : c.desired.steps) {
      step.parameters["timeout_seconds"] = std::to_string(dice.Below(100));
      step.optional = dice.Once(2);
      step.after.clear();
    }
    EXPECT_TRUE(PlanFor(c.desired, after).IsEmpty());
  });
}

TEST(PlannerLaws, AFailedOrInterruptedRunIsFinishedByTheNextPlan) {
  ForEachSeed([](Dice& dice) {
    const Case c = RandomCase(dice);
    for (std::size_t i = 0; i < c.plan.actions.size(); ++i) {
      ExecuteOptions options;
      (dice.Once(2) ? options.fail_at : options.stop_at) = i;
      const RecordedState broken = Execute(c.plan, c.recorded, options).recorded;
      const RecordedState after = Execute(PlanFor(c.desired, broken), broken).recorded;
      EXPECT_TRUE(ComputeDiff(&c.desired, after).IsEmpty()) << "stopped at action " << i;
    }
  });
}

TEST(PlannerLaws, ARollbackLeadsBackToTheSnapshot) {
  ForEachSeed([](Dice& dice) {
    const Case c = RandomCase(dice);
    const RecordedState healthy = Execute(c.plan, c.recorded).recorded;
    const DesiredState broken = Evolve(Evolve(c.desired, dice), dice);
    const Plan update = PlanFor(broken, healthy);
    ExecuteOptions options;
    if (!update.IsEmpty() && dice.Once(2)) options.fail_at = dice.Below(update.actions.size());
    const RecordedState failed = Execute(update, healthy, options).recorded;

    PlanOptions rollback;
    rollback.kind = PlanKind::kRollback;
    rollback.to_snapshot = 1;
    const RecordedState back = Execute(PlanFor(c.desired, failed, rollback), failed).recorded;
    EXPECT_EQ(Essence(back), Essence(healthy));
  });
}

TEST(PlannerLaws, ADeletePlanUndoesEveryResourceInReverse) {
  ForEachSeed([](Dice& dice) {
    const Case c = RandomCase(dice);
    const RecordedState recorded = Execute(c.plan, c.recorded).recorded;
    const Plan plan = BuildDeletePlan(recorded, c.plan);
    std::set<StepAddress> resources;
    for (const RecordedStep& step : recorded.steps) {
      if (step.step.nature == StepNature::kResource) resources.insert(step.step.address);
    }
    const auto undone = Positions(plan.actions);
    EXPECT_EQ(undone.size(), resources.size());
    for (const Action& action : plan.actions) {
      EXPECT_EQ(action.kind, ActionKind::kDelete);
      EXPECT_TRUE(resources.contains(action.step.address));
      for (const StepAddress& before : Before(action.step)) {
        if (undone.contains(before)) {
          EXPECT_GT(undone.at(before), undone.at(action.step.address));
        }
      }
    }
    EXPECT_TRUE(std::is_sorted(plan.actions.rbegin(), plan.actions.rend(),
                               [](const Action& a, const Action& b) {
                                 return a.step.address.phase < b.step.address.phase;
                               }));
  });
}

}  // namespace
}  // namespace gitops
