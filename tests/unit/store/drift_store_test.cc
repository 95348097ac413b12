#include "engine/store/drift_store.h"

#include <gtest/gtest.h>

#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

AppDrift Look(const std::string& app, DriftVerdict verdict = DriftVerdict::kDrifted) {
  AppDrift drift;
  drift.app = {"production", app};
  drift.verdict = verdict;
  drift.serial = 3;
  drift.checked = At(50);
  drift.steps = {{{Phase::kInfrastructure, "host", ""}, DriftVerdict::kInSync, "it is there"},
                 {{Phase::kApp, "files", "node-1"}, verdict, "the file x was changed"}};
  return drift;
}

class DriftStoreTest : public ::testing::Test {
 protected:
  void AddApp(const std::string& name) {
    AppRecord record;
    record.id = {"production", name};
    record.source = "apps";
    record.directory = name;
    ASSERT_TRUE(temp_->SaveApps({record}, {}));
  }

  TempStore temp_;
};

TEST_F(DriftStoreTest, ALookSurvivesWholeAndTheNextReplacesIt) {
  AddApp("web");
  EXPECT_FALSE(*temp_.drift().LoadDrift({"production", "web"}));
  ASSERT_TRUE(temp_.drift().SaveDrift(Look("web"), {}));
  temp_.Reopen();
  EXPECT_EQ(**temp_.drift().LoadDrift({"production", "web"}), Look("web"));
  AppDrift fine = Look("web", DriftVerdict::kInSync);
  fine.steps.pop_back();
  ASSERT_TRUE(temp_.drift().SaveDrift(fine, {}));
  EXPECT_EQ(**temp_.drift().LoadDrift({"production", "web"}), fine);
}

TEST_F(DriftStoreTest, LooksAreListedByAppWithAndWithoutTheirSteps) {
  for (const char* name : {"web", "api", "cms"}) AddApp(name);
  ASSERT_TRUE(temp_.drift().SaveDrift(Look("web"), {}));
  ASSERT_TRUE(temp_.drift().SaveDrift(Look("api", DriftVerdict::kMissing), {}));
  EXPECT_EQ(*temp_.drift().ListLooks(true),
            (std::vector{Look("api", DriftVerdict::kMissing), Look("web")}));
  const auto heads = *temp_.drift().ListLooks(false);
  ASSERT_EQ(heads.size(), 2U);
  EXPECT_EQ(heads[0].verdict, DriftVerdict::kMissing);
  EXPECT_TRUE(heads[0].steps.empty());
}

TEST_F(DriftStoreTest, EventsAreKeptWithTheLook) {
  AddApp("web");
  Event event;
  event.type = "app.drifted";
  event.app = AppId{"production", "web"};
  ASSERT_TRUE(temp_.drift().SaveDrift(Look("web"), {event}));
  const auto events = *temp_->ListEvents({});
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].type, "app.drifted");
}

TEST_F(DriftStoreTest, WhatIsKeptGoesWithTheApp) {
  AddApp("web");
  ASSERT_TRUE(temp_.drift().SaveDrift(Look("web"), {}));
  ASSERT_TRUE(temp_->ForgetApp({"production", "web"}, {}));
  EXPECT_FALSE(*temp_.drift().LoadDrift({"production", "web"}));
  EXPECT_TRUE(temp_.drift().ListLooks(true)->empty());
  // It went while it was looked at.
  ASSERT_TRUE(temp_.drift().SaveDrift(Look("web"), {Event()}));
  EXPECT_FALSE(*temp_.drift().LoadDrift({"production", "web"}));
  EXPECT_TRUE(temp_->ListEvents({})->empty());
}

TEST_F(DriftStoreTest, OnlyAppsOfWhichSomethingWasAppliedHaveATurn) {
  AddApp("web");
  EXPECT_TRUE(temp_.drift().ListDrift()->empty());
}

}  // namespace
}  // namespace gitops
