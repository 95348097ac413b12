#include "engine/reconcile/drift_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gitops {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using ::testing::ElementsAre;

WallTime At(milliseconds since) { return WallTime(hours(1000) + since); }

DriftEntry Seen(const std::string& app, milliseconds checked,
                DriftVerdict verdict = DriftVerdict::kInSync, std::uint64_t serial = 1) {
  return {{"production", app}, 1, false, DriftEntry::Kept{verdict, serial, At(checked)}};
}

std::vector<std::string> Order(const std::vector<DriftTurn>& turns) {
  std::vector<std::string> names;
  for (const DriftTurn& turn : turns) names.push_back(turn.entry.app.name);
  return names;
}

TEST(PlanLooks, TheOldestLookComesFirst) {
  const auto turns = PlanLooks({Seen("a", minutes(50)), Seen("b", minutes(10))}, At(hours(0)),
                               At(hours(1)), hours(1));
  EXPECT_THAT(Order(turns), ElementsAre("b", "a"));
  for (const DriftTurn& turn : turns) {
    const WallTime last = turn.entry.kept->checked;
    EXPECT_GT(turn.due, last + minutes(53));
    EXPECT_LE(turn.due, last + hours(1));
  }
}

TEST(PlanLooks, ManyNewAppsAreSpreadOverTheFirstMinutes) {
  std::vector<DriftEntry> entries;
  for (int i = 0; i < 200; ++i) {
    entries.push_back({{"production", "app-" + std::to_string(i)}, 1, false, std::nullopt});
  }
  const auto turns = PlanLooks(entries, At(hours(0)), At(hours(0)), hours(6));
  ASSERT_EQ(turns.size(), 200U);
  EXPECT_LT(turns.front().due, At(minutes(1)));
  EXPECT_GT(turns.back().due, At(minutes(9)));
  EXPECT_LT(turns.back().due, At(minutes(10)));
  const auto again = PlanLooks(entries, At(hours(0)), At(hours(0)), hours(6));
  EXPECT_EQ(Order(turns), Order(again));
}

TEST(PlanLooks, WhatDriftedAndWasChangedSinceIsLookedAtAtOnce) {
  DriftEntry healed = Seen("healed", minutes(59), DriftVerdict::kDrifted, 1);
  healed.recorded_serial = 2;
  const DriftEntry left = Seen("left", minutes(59), DriftVerdict::kDrifted, 1);
  DriftEntry changed = Seen("changed", minutes(59));
  changed.recorded_serial = 2;
  const auto turns = PlanLooks({changed, healed, left}, At(hours(0)), At(hours(1)), hours(1));
  EXPECT_EQ(turns.front().entry.app.name, "healed");
  EXPECT_EQ(turns.front().due, At(hours(1)));
  EXPECT_GT(turns[1].due, At(hours(1)));
}

TEST(PlanLooks, SuspendedAppsHaveNoTurnAndAWrongClockDelaysNone) {
  DriftEntry suspended = Seen("suspended", minutes(0));
  suspended.suspended = true;
  const auto turns =
      PlanLooks({suspended, Seen("future", hours(24 * 365))}, At(hours(0)), At(hours(1)), hours(1));
  EXPECT_THAT(Order(turns), ElementsAre("future"));
  EXPECT_EQ(turns.front().due, At(hours(1)));
}

AppDrift Found(DriftVerdict verdict) {
  AppDrift drift;
  drift.app = {"production", "web"};
  drift.verdict = verdict;
  drift.checked = At(minutes(1));
  drift.steps = {{{Phase::kApp, "files", ""}, verdict, "the file x was changed"}};
  return drift;
}

std::string News(DriftVerdict now, std::optional<DriftVerdict> before) {
  std::optional<DriftEntry::Kept> kept;
  if (before) kept = DriftEntry::Kept{*before, 1, At(minutes(0))};
  const auto event = NewsOf(Found(now), kept);
  return event ? event->type : "";
}

TEST(NewsOfDrift, IsWhatTheLastLookDidNotFind) {
  using enum DriftVerdict;
  EXPECT_EQ(News(kInSync, std::nullopt), "");
  EXPECT_EQ(News(kDrifted, std::nullopt), "app.drifted");
  EXPECT_EQ(News(kMissing, kInSync), "app.drifted");
  EXPECT_EQ(News(kDrifted, kUnknown), "app.drifted");
  EXPECT_EQ(News(kDrifted, kMissing), "");
  EXPECT_EQ(News(kUnknown, kDrifted), "") << "nobody knows whether it is gone";
  EXPECT_EQ(News(kInSync, kDrifted), "app.drift_gone");
  EXPECT_EQ(News(kInSync, kInSync), "");
  const Event event = *NewsOf(Found(kDrifted), std::nullopt);
  EXPECT_EQ(event.message, "app.files drifted: the file x was changed");
  EXPECT_EQ(event.severity, Severity::kWarning);
  EXPECT_EQ(event.app, Found(kDrifted).app);
}

}  // namespace
}  // namespace gitops
