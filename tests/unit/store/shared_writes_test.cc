// Writes that wait for their turn share a transaction and a sync; each is as if it were alone.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "engine/store/app_rows.h"
#include "engine/store/state_database.h"
#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

using Body = std::function<Status(Connection&)>;

Body Saves(const std::string& name) {
  return [name](Connection& connection) {
    return SaveAppRow(connection, NewApp(name), AppWriter::kLook);
  };
}

class SharedWritesTest : public testing::Test {
 protected:
  SharedWritesTest() {
    store_.Close();
    auto opened = StateDatabase::Open(store_.Options(), store_.clock(), store_.counters());
    EXPECT_TRUE(opened);
    database_ = *std::move(opened);
  }

  /// Writes all `bodies` while one more write has its turn, so that they wait together.
  std::vector<Status> WriteBehindAnother(const std::vector<Body>& bodies) {
    std::vector<Status> results(bodies.size());
    std::atomic<bool> begun{false};
    std::vector<std::jthread> threads;
    threads.emplace_back([&] {
      EXPECT_TRUE(database_->Write([&](Connection& connection) -> Status {
        begun = true;
        begun.notify_all();
        while (database_->waiting() < bodies.size()) std::this_thread::yield();
        return Saves("first")(connection);
      }));
    });
    begun.wait(false);
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      threads.emplace_back([&, i] { results[i] = database_->Write(bodies[i]); });
    }
    threads.clear();
    return results;
  }

  /// The names of all apps, as another opener finds them.
  std::vector<std::string> Names() {
    database_.reset();
    store_.Reopen();
    std::vector<std::string> names;
    const auto apps = store_->ListApps({});
    EXPECT_TRUE(apps);
    for (const AppRecord& app : *apps) names.push_back(app.id.name);
    return names;
  }

  TempStore store_;
  std::shared_ptr<StateDatabase> database_;
};

TEST_F(SharedWritesTest, WhatWaitsTogetherCostsOneSync) {
  const std::uint64_t before = store_.counters().fsyncs;
  for (const Status& status : WriteBehindAnother({Saves("a"), Saves("b"), Saves("c")})) {
    EXPECT_TRUE(status);
  }
  EXPECT_EQ(store_.counters().fsyncs - before, 2U);
  EXPECT_EQ(Names(), (std::vector<std::string>{"a", "b", "c", "first"}));
}

TEST_F(SharedWritesTest, AFailureLeavesNothingAndTheOthersAlone) {
  const Body fails = [](Connection& connection) -> Status {
    RETURN_IF_ERROR(Saves("refused")(connection));
    return MakeError(ErrorKind::kConflict, "refused", "on purpose");
  };
  const auto results = WriteBehindAnother({Saves("a"), fails, Saves("b")});
  EXPECT_TRUE(results[0]);
  ASSERT_FALSE(results[1]);
  EXPECT_EQ(results[1].error().primary().summary, "refused");
  EXPECT_TRUE(results[2]);
  EXPECT_EQ(Names(), (std::vector<std::string>{"a", "b", "first"}));
}

TEST_F(SharedWritesTest, WhenTheTransactionIsLostNobodyIsToldOtherwise) {
  // As SQLite does when the disk is full.
  const Body loses = [](Connection& connection) -> Status {
    RETURN_IF_ERROR(connection.Run("ROLLBACK"));
    return MakeError(ErrorKind::kTransient, "disk full", "on purpose");
  };
  for (const Status& status : WriteBehindAnother({Saves("a"), loses, Saves("b")})) {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().primary().summary, "disk full");
  }
  EXPECT_EQ(Names(), std::vector<std::string>{"first"});
}

}  // namespace
}  // namespace gitops
