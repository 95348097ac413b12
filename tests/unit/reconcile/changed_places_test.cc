#include "engine/reconcile/changed_places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gitops {
namespace {

using testing::ElementsAre;

ObjectId Id(std::uint8_t last) {
  std::array<std::uint8_t, ObjectId::kSize> bytes{};
  bytes.back() = last;
  return ObjectId(bytes);
}

AppDirectory Found(const std::string& path, std::uint8_t tree) {
  AppDirectory place;
  place.path = path;
  place.tree = Id(tree);
  return place;
}

AppPlace Known(const std::string& path, std::uint8_t tree, Presence presence = Presence::kPresent) {
  AppPlace place;
  place.directory = path;
  place.tree = Id(tree);
  place.presence = presence;
  return place;
}

std::vector<std::string> Touched(const ChangedPlaces& places) {
  std::vector<std::string> paths;
  for (const AppDirectory& place : places.touched) paths.push_back(place.path);
  return paths;
}

TEST(ChangedPlacesTest, AComparisonOfTreesIsTakenInOrderOfPaths) {
  TreeComparison comparison;
  comparison.added = {Found("b", 1), Found("d", 1)};
  comparison.changed = {Found("a", 1), Found("c", 1)};
  comparison.removed = {Found("e", 1)};
  const ChangedPlaces places = PlacesOf(std::move(comparison));
  EXPECT_THAT(Touched(places), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(places.removed, ElementsAre("e"));
}

TEST(ChangedPlacesTest, WhatTheStoreKnowsAtTheSameTreeIsLeftAlone) {
  const ChangedPlaces places =
      ComparePlaces({Found("changed", 2), Found("invalid", 1), Found("new", 1), Found("same", 1)},
                    {Known("changed", 1), Known("gone", 1), Known("invalid", 1, Presence::kInvalid),
                     Known("orphan", 1, Presence::kOrphaned), Known("same", 1), Known("zgone", 1)});
  EXPECT_THAT(Touched(places), ElementsAre("changed", "invalid", "new"));
  EXPECT_THAT(places.removed, ElementsAre("gone", "zgone"));
}

TEST(ChangedPlacesTest, OfAStoreThatKnowsNothingAllIsNew) {
  EXPECT_THAT(Touched(ComparePlaces({Found("a", 1), Found("b", 1)}, {})), ElementsAre("a", "b"));
  EXPECT_THAT(ComparePlaces({}, {Known("a", 1)}).removed, ElementsAre("a"));
}

}  // namespace
}  // namespace gitops
