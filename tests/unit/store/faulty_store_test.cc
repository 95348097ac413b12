#include "tests/support/faulty_store.h"

#include <gtest/gtest.h>

#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

using Moment = FaultyStore::Moment;

class FaultyStoreTest : public testing::Test {
 protected:
  bool Saved(const std::string& name) {
    return (*store_->LoadApp({"production", name})).has_value();
  }

  TempStore store_;
  FaultyStore faulty_{store_.get()};
};

TEST_F(FaultyStoreTest, PassesOnAndNumbersCalls) {
  EXPECT_TRUE(faulty_.SaveApps({NewApp("web")}, {}));
  EXPECT_EQ(faulty_.ListApps({})->size(), 1U);
  EXPECT_EQ(faulty_.calls(), (std::vector<std::string>{"SaveApps", "ListApps"}));
}

TEST_F(FaultyStoreTest, FailsOnceBeforeOrAfterTheWork) {
  faulty_.FailAt(1, Moment::kBefore, ErrorKind::kTransient);
  EXPECT_EQ(faulty_.SaveApps({NewApp("a")}, {}).error().kind, ErrorKind::kTransient);
  EXPECT_FALSE(Saved("a"));
  faulty_.FailAt(2, Moment::kAfter, ErrorKind::kConflict);
  EXPECT_EQ(faulty_.SaveApps({NewApp("b")}, {}).error().kind, ErrorKind::kConflict);
  EXPECT_TRUE(Saved("b"));
  EXPECT_TRUE(faulty_.SaveApps({NewApp("c")}, {}));
}

TEST_F(FaultyStoreTest, CrashesBeforeOrAfterTheWork) {
  faulty_.CrashAt(1, Moment::kBefore);
  EXPECT_THROW((void)faulty_.SaveApps({NewApp("a")}, {}), SimulatedCrash);
  EXPECT_FALSE(Saved("a"));
  faulty_.CrashAt(2, Moment::kAfter);
  EXPECT_THROW((void)faulty_.SaveApps({NewApp("b")}, {}), SimulatedCrash);
  EXPECT_TRUE(Saved("b"));
}

}  // namespace
}  // namespace gitops
