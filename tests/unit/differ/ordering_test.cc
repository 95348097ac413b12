#include "differ/ordering.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/differ/app_states.h"

namespace gitops {
namespace {

using testing::At;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Hook;
using testing::Ref;
using testing::Resource;

std::vector<std::string> Names(const std::vector<const Step*>& steps) {
  std::vector<std::string> names;
  for (const Step* step : steps) names.push_back(step->address.ToString());
  return names;
}

std::vector<std::string> Ordered(const std::vector<Step>& steps) {
  const auto order = OrderSteps(steps);
  if (!order) return {order.error().ToString()};
  return Names(*order);
}

Step After(Step step, std::vector<std::string> before) {
  for (const std::string& address : before) step.after.push_back(At(address));
  return step;
}

TEST(OrderStepsTest, SortsByPhaseThenAddress) {
  EXPECT_THAT(Ordered({Hook("app.b"), Hook("app.a"), Resource("platform.z"),
                       Resource("infrastructure.y"), Resource("network.x")}),
              ElementsAre("infrastructure.y", "network.x", "platform.z", "app.a", "app.b"));
}

TEST(OrderStepsTest, PutsEdgesBeforeAddresses) {
  Step consumer = Hook("app.b");
  consumer.consumes = {Ref("app.c", "out")};
  EXPECT_THAT(Ordered({After(Hook("app.a"), {"app.b"}), consumer, Hook("app.c")}),
              ElementsAre("app.c", "app.b", "app.a"));
}

TEST(OrderStepsTest, PutsChecksOfTheWholeAppLast) {
  Step check = Hook("app.a");
  check.after_any = true;
  EXPECT_THAT(Ordered({check, Hook("app.b"), Hook("app.c")}),
              ElementsAre("app.b", "app.c", "app.a"));
}

TEST(OrderStepsTest, LetsAnotherStepWaitForACheck) {
  Step check = Hook("app.check[a]");
  check.after_any = true;
  EXPECT_THAT(Ordered({check, After(Hook("app.setup[b]"), {"app.check[a]"})}),
              ElementsAre("app.check[a]", "app.setup[b]"));
}

TEST(OrderStepsTest, ReportsEveryWrongEdge) {
  const auto order =
      OrderSteps({After(Hook("app.a"), {"app.nowhere", "app.neither"}), Hook("app.b"),
                  Hook("app.b"), After(Resource("platform.p"), {"app.a"})});
  ASSERT_FALSE(order.has_value());
  EXPECT_EQ(order.error().kind, ErrorKind::kInvalid);
  std::vector<std::string> summaries;
  for (const Diagnostic& problem : order.error().diagnostics) {
    summaries.push_back(problem.subject + ": " + problem.summary);
  }
  EXPECT_THAT(summaries, ElementsAre("app.b: two steps have the same address",
                                     "platform.p: a step depends on a step of a later phase",
                                     "app.a: a step depends on a step that does not exist",
                                     "app.a: a step depends on a step that does not exist"));
}

TEST(OrderStepsTest, ShowsTheWayAroundACycle) {
  const auto order = OrderSteps({After(Hook("app.a"), {"app.c"}), After(Hook("app.b"), {"app.a"}),
                                 After(Hook("app.c"), {"app.b"}), After(Hook("app.d"), {"app.a"})});
  ASSERT_FALSE(order.has_value());
  EXPECT_EQ(order.error().primary().summary, "steps wait for each other in a circle");
  EXPECT_EQ(order.error().primary().detail, "app.a -> app.b -> app.c -> app.a");
}

TEST(OrderStepsTest, AStepThatWaitsForItselfIsACycle) {
  const auto order = OrderSteps({After(Hook("app.a"), {"app.a"})});
  ASSERT_FALSE(order.has_value());
  EXPECT_EQ(order.error().primary().detail, "app.a -> app.a");
}

std::vector<std::string> Removed(const std::vector<Step>& steps) {
  std::vector<const Step*> pointers;
  for (const Step& step : steps) pointers.push_back(&step);
  return Names(OrderForRemoval(pointers));
}

TEST(OrderForRemovalTest, IsTheReverseOfTheRunningOrder) {
  EXPECT_THAT(Removed({After(Hook("app.a"), {"app.b"}), Hook("app.b"), Resource("network.n"),
                       Resource("infrastructure.i")}),
              ElementsAre("app.a", "app.b", "network.n", "infrastructure.i"));
}

TEST(OrderForRemovalTest, RemovesAlsoWhatHasWrongEdges) {
  EXPECT_THAT(Removed({After(Hook("app.a"), {"app.b"}), After(Hook("app.b"), {"app.a"}),
                       After(Hook("app.c"), {"app.nowhere"}),
                       After(Resource("infrastructure.i"), {"app.c"})}),
              ElementsAre("app.b", "app.a", "app.c", "infrastructure.i"));
}

}  // namespace
}  // namespace gitops
