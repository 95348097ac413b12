#include "engine/base/suggest.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gitops {
namespace {

TEST(EditDistanceTest, CountsEachKindOfMistakeOnce) {
  EXPECT_EQ(EditDistance("memory", "memory"), 0U);
  EXPECT_EQ(EditDistance("memry", "memory"), 1U) << "insertion";
  EXPECT_EQ(EditDistance("memoryy", "memory"), 1U) << "deletion";
  EXPECT_EQ(EditDistance("memary", "memory"), 1U) << "replacement";
  EXPECT_EQ(EditDistance("memroy", "memory"), 1U) << "swap of neighbours";
  EXPECT_EQ(EditDistance("", "abc"), 3U);
  EXPECT_EQ(EditDistance("abc", ""), 3U);
}

TEST(NearestNameTest, FindsTheNameThatWasMeant) {
  const std::vector<std::string> known = {"cpu", "memory", "disk", "healthcheck"};
  EXPECT_EQ(NearestName("memry", known), "memory");
  EXPECT_EQ(NearestName("MEMORY", known), "memory");
  EXPECT_EQ(NearestName("health_check", known), "healthcheck");
  EXPECT_EQ(NearestName("cpus", known), "cpu");
}

TEST(NearestNameTest, DoesNotGuessWildly) {
  const std::vector<std::string> known = {"cpu", "memory", "disk"};
  EXPECT_EQ(NearestName("replicas", known), std::nullopt);
  EXPECT_EQ(NearestName("", known), std::nullopt);
  EXPECT_EQ(NearestName("x", known), std::nullopt);
  EXPECT_EQ(NearestName(std::string(100'000, 'm'), known), std::nullopt);
}

TEST(NearestNameTest, TakesTheNearestOfSeveral) {
  EXPECT_EQ(NearestName("webs", {"webhook", "web", "worker"}), "web");
}

TEST(SuggestNameTest, ListsTheKnownNamesWhenNoneIsNear) {
  EXPECT_EQ(SuggestName("memry", {"cpu", "memory"}), "did you mean \"memory\"?");
  EXPECT_EQ(SuggestName("replicas", {"cpu", "memory"}), "known: cpu, memory");
  EXPECT_EQ(SuggestName("replicas", {}), "");
  EXPECT_EQ(SuggestName("replicas", std::vector<std::string>(13, "zz")), "") << "too many to list";
}

}  // namespace
}  // namespace gitops
