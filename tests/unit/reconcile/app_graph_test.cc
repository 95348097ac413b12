#include "engine/reconcile/app_graph.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

AppId Id(const char* name) { return {"default", name}; }

TEST(AppGraphTest, NamesAreOfTheSameEnvironmentUnlessTheySayAnother) {
  const auto ids = DependencyIds("staging", {"api", "production/db", "Bad Name", "x/y/z"});
  ASSERT_EQ(ids.size(), 2U);
  EXPECT_EQ(ids[0].ToString(), "staging/api");
  EXPECT_EQ(ids[1].ToString(), "production/db");
}

TEST(AppGraphTest, ACycleIsToldAsItIsWalked) {
  const std::map<AppId, std::vector<AppId>> edges = {{Id("a"), {Id("b")}},
                                                     {Id("b"), {Id("x"), Id("c")}},
                                                     {Id("c"), {Id("a")}},
                                                     {Id("d"), {Id("a")}}};
  EXPECT_EQ(FindCycle(Id("a"), edges), std::optional<std::string>("a -> b -> c -> a"));
  EXPECT_EQ(FindCycle(Id("b"), edges), std::optional<std::string>("b -> c -> a -> b"));
  EXPECT_EQ(FindCycle(Id("d"), edges), std::nullopt) << "it leads to a cycle but is in none";
}

TEST(AppGraphTest, HandsOutAnAppWhenAllItWaitsForHasFinished) {
  AppOrder order({{1, 2}, {2}, {}});
  EXPECT_EQ(order.Take(), std::optional<std::size_t>(2));
  EXPECT_EQ(order.Take(), std::nullopt);
  order.Finish(2);
  EXPECT_EQ(order.Take(), std::optional<std::size_t>(1));
  EXPECT_EQ(order.Take(), std::nullopt);
  order.Finish(1);
  EXPECT_EQ(order.Take(), std::optional<std::size_t>(0));
  order.Finish(0);
  EXPECT_TRUE(order.Exhausted());
}

TEST(AppGraphTest, IndependentAppsComeInOrder) {
  AppOrder order({{}, {}, {}});
  EXPECT_EQ(order.Take(), std::optional<std::size_t>(0));
  EXPECT_EQ(order.Take(), std::optional<std::size_t>(1));
  EXPECT_EQ(order.Take(), std::optional<std::size_t>(2));
  EXPECT_TRUE(order.Exhausted());
}

TEST(AppGraphTest, ACycleDoesNotHangTheOrder) {
  AppOrder order({{1}, {0}, {}});
  std::vector<std::size_t> taken;
  while (!order.Exhausted()) {
    const auto item = order.Take();
    ASSERT_TRUE(item.has_value());
    taken.push_back(*item);
    order.Finish(*item);
  }
  EXPECT_EQ(taken, (std::vector<std::size_t>{2, 0, 1}));
}

}  // namespace
}  // namespace gitops
