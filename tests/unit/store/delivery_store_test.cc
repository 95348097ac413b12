#include "engine/store/delivery_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "engine/store/delivery_rows.h"
#include "engine/store/look_rows.h"
#include "engine/store/row_pruning.h"
#include "engine/store/state_database.h"
#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

NewDelivery Pushed(const std::string& delivery_id, const std::string& source = "apps") {
  NewDelivery fresh;
  fresh.delivery.source = source;
  fresh.delivery.provider = "github";
  fresh.delivery.delivery_id = delivery_id;
  fresh.delivery.body_sha256 = std::string(64, 'a');
  fresh.delivery.received = At(1000);
  fresh.delivery.kind = "push";
  fresh.delivery.summary = "branch main";
  fresh.delivery.outcome = DeliveryOutcome::kAccepted;
  fresh.event = SomeEvent("push of " + delivery_id);
  return fresh;
}

NewDelivery Ping(const std::string& delivery_id) {
  NewDelivery fresh = Pushed(delivery_id);
  fresh.delivery.kind = "ping";
  fresh.delivery.outcome = DeliveryOutcome::kIgnored;
  return fresh;
}

class DeliveryStoreTest : public testing::Test {
 protected:
  DeliveryReceipt Record(const NewDelivery& fresh) {
    const auto receipts = store_.deliveries().RecordDeliveries({fresh});
    EXPECT_TRUE(receipts) << receipts.error().ToString();
    return receipts->at(0);
  }
  SourceRequest Request(const std::string& source = "apps") {
    return *store_.deliveries().LoadSourceRequest(source);
  }
  std::vector<Delivery> List(const DeliveryFilter& filter = {}) {
    return *store_.deliveries().ListDeliveries(filter);
  }

  TempStore store_;
};

TEST_F(DeliveryStoreTest, ADeliveryComesBackWholeAndItsSourceOwesALook) {
  const DeliveryReceipt receipt = Record(Pushed("d-1"));
  EXPECT_EQ(receipt.asked, 1U);
  EXPECT_FALSE(receipt.repeated);
  store_.Reopen();
  Delivery expected = Pushed("d-1").delivery;
  expected.id = receipt.id;
  expected.asked = 1;
  expected.event = store_->ListEvents({})->at(0).id;
  EXPECT_EQ(List(), std::vector<Delivery>{expected});
  const SourceRequest request = Request();
  EXPECT_TRUE(request.IsOwed());
  EXPECT_EQ(request.asked_by, "github push");
  EXPECT_EQ(request.asked_at, At(1000));
  EXPECT_EQ(request.waiting_since, At(1000));
  EXPECT_EQ(store_->ListEvents({})->at(0).message, "push of d-1");
}

TEST_F(DeliveryStoreTest, ABatchIsOneCommit) {
  std::vector<NewDelivery> batch;
  for (int i = 0; i < 200; ++i) batch.push_back(Pushed("d-" + std::to_string(i)));
  const std::uint64_t before = store_.counters().fsyncs;
  const auto receipts = store_.deliveries().RecordDeliveries(batch);
  ASSERT_TRUE(receipts);
  EXPECT_EQ(store_.counters().fsyncs - before, 1U);
  EXPECT_EQ(receipts->back().asked, 200U);
  EXPECT_EQ(Request().asked, 200U);
}

TEST_F(DeliveryStoreTest, NoDeliveriesCostNothing) {
  const std::uint64_t before = store_.counters().fsyncs;
  EXPECT_TRUE(store_.deliveries().RecordDeliveries({})->empty());
  EXPECT_EQ(store_.counters().fsyncs, before);
}

TEST_F(DeliveryStoreTest, TheSameDeliveryIsOneWhileItWaitsAndNewAfterItsLook) {
  const DeliveryReceipt first = Record(Pushed("d-1"));
  const auto again = store_.deliveries().RecordDeliveries({Pushed("d-1"), Pushed("d-1")});
  ASSERT_TRUE(again);
  for (const DeliveryReceipt& receipt : *again) {
    EXPECT_TRUE(receipt.repeated);
    EXPECT_EQ(receipt.id, first.id);
    EXPECT_EQ(receipt.asked, 1U);
  }
  EXPECT_EQ(List().size(), 1U);
  EXPECT_EQ(List().at(0).repeats, 2);
  EXPECT_EQ(Request().asked, 1U);
  EXPECT_EQ(store_->ListEvents({})->size(), 1U);

  ASSERT_TRUE(store_.deliveries().MarkLooked("apps", 1, {"main at 1f0c2ab", {}}));
  const DeliveryReceipt redelivered = Record(Pushed("d-1"));
  EXPECT_FALSE(redelivered.repeated);
  EXPECT_EQ(redelivered.asked, 2U);
  EXPECT_TRUE(Request().IsOwed());
}

TEST_F(DeliveryStoreTest, TheSameDeliveryTwiceInOneBatchIsOne) {
  const auto receipts = store_.deliveries().RecordDeliveries({Pushed("d-1"), Pushed("d-1")});
  ASSERT_TRUE(receipts);
  EXPECT_FALSE(receipts->at(0).repeated);
  EXPECT_TRUE(receipts->at(1).repeated);
  EXPECT_EQ(Request().asked, 1U);
}

TEST_F(DeliveryStoreTest, OnlyTheSameSourceAndIdIsARepetition) {
  Record(Pushed("d-1"));
  EXPECT_FALSE(Record(Pushed("d-1", "other")).repeated);
  EXPECT_FALSE(Record(Pushed("d-2")).repeated);
  EXPECT_FALSE(Record(Pushed("")).repeated);
  EXPECT_FALSE(Record(Pushed("")).repeated) << "no id says nothing";
  EXPECT_EQ(Request().asked, 4U);
}

TEST_F(DeliveryStoreTest, ARepetitionIsFoundByAnIndexOfItsOwn) {
  // Not by a walk over all deliveries of the source: this is asked for each one that comes.
  const auto connection = Connection::Open({.path = store_.path()});
  ASSERT_TRUE(connection);
  Query plan(**connection, std::string("EXPLAIN QUERY PLAN ") + kWaitingDelivery);
  const auto found = plan.Next();
  ASSERT_TRUE(found && *found);
  EXPECT_THAT(plan.Text(3), testing::HasSubstr("delivery_waiting (source=? AND delivery_id=?)"));
}

TEST_F(DeliveryStoreTest, WhatConcernsNothingAsksForNothing) {
  const DeliveryReceipt receipt = Record(Ping("d-1"));
  EXPECT_EQ(receipt.asked, 0U);
  EXPECT_EQ(List().at(0).outcome, DeliveryOutcome::kIgnored);
  EXPECT_TRUE(store_.deliveries().SourceRequests()->empty());
  NewDelivery refused = Ping("d-2");
  refused.delivery.outcome = DeliveryOutcome::kRefused;
  Record(refused);
  EXPECT_EQ(List().at(0).outcome, DeliveryOutcome::kRefused);
  EXPECT_FALSE(Request().IsOwed());
  EXPECT_FALSE(Record(Pushed("d-1")).repeated) << "the ping asked for nothing";
}

TEST_F(DeliveryStoreTest, ALookAnswersWhatWasAskedBeforeItBegan) {
  Record(Pushed("d-1"));
  Record(Pushed("d-2"));
  const std::uint64_t begun = Request().asked;
  NewDelivery during = Pushed("d-3");
  during.delivery.received = At(2000);
  Record(during);
  store_.clock().Advance(std::chrono::seconds(5));
  ASSERT_TRUE(store_.deliveries().MarkLooked("apps", begun, {"main at 1f0c2ab", {}}));
  SourceRequest request = Request();
  EXPECT_TRUE(request.IsOwed()) << "the third came after the look had begun";
  EXPECT_EQ(request.looked, 2U);
  EXPECT_EQ(request.waiting_since, At(2000));
  const auto listed = List();
  EXPECT_FALSE(listed.at(0).look);
  ASSERT_TRUE(listed.at(1).look && listed.at(2).look);
  EXPECT_EQ(listed.at(2).look->result, "main at 1f0c2ab");
  EXPECT_EQ(listed.at(2).look->number, 2U);
  EXPECT_EQ(listed.at(2).look->time, store_.clock().Now());

  ASSERT_TRUE(store_.deliveries().MarkLooked("apps", 3, {"main at 2e1d3bc", {}}));
  request = Request();
  EXPECT_FALSE(request.IsOwed());
  EXPECT_FALSE(request.waiting_since);
  EXPECT_EQ(List().at(0).look->result, "main at 2e1d3bc");
  EXPECT_EQ(List().at(1).look->result, "main at 1f0c2ab") << "the first look that reached it";
}

TEST_F(DeliveryStoreTest, ALookNeverGoesBackOrBeyondWhatWasAsked) {
  ASSERT_TRUE(store_.deliveries().MarkLooked("apps", 7, {"nothing was asked", {}}));
  EXPECT_EQ(Request().looked, 0U);
  Record(Pushed("d-1"));
  Record(Pushed("d-2"));
  ASSERT_TRUE(store_.deliveries().MarkLooked("apps", 99, {"first", {}}));
  EXPECT_EQ(Request().looked, 2U);
  const std::uint64_t before = store_.counters().fsyncs;
  ASSERT_TRUE(store_.deliveries().MarkLooked("apps", 1, {"late", {}}));
  ASSERT_TRUE(store_.deliveries().MarkLooked("apps", 2, {"again", {}}));
  EXPECT_EQ(store_.counters().fsyncs, before);
  EXPECT_EQ(Request().looked, 2U);
  EXPECT_EQ(List().at(0).look->result, "first");
}

TEST_F(DeliveryStoreTest, PeopleAskToo) {
  EXPECT_EQ(*store_.deliveries().AskForSource("web", "ann"), 1U);
  EXPECT_EQ(*store_.deliveries().AskForSource("web", "poll"), 2U);
  EXPECT_EQ(*store_.deliveries().AskForSource("api", "ann"), 1U);
  const auto requests = store_.deliveries().SourceRequests();
  ASSERT_TRUE(requests);
  ASSERT_EQ(requests->size(), 2U);
  EXPECT_EQ(requests->at(0).source, "api");
  EXPECT_EQ(requests->at(1).asked_by, "poll");
  EXPECT_EQ(requests->at(1).asked_at, store_.clock().Now());
}

TEST_F(DeliveryStoreTest, PagesGoFromTheNewestBack) {
  for (int i = 1; i <= 5; ++i) Record(Pushed("d-" + std::to_string(i), i == 3 ? "other" : "apps"));
  const auto first = List({.source = "apps", .before_id = 0, .limit = 2});
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first.at(0).delivery_id, "d-5");
  const auto second = List({.source = "apps", .before_id = first.back().id, .limit = 2});
  ASSERT_EQ(second.size(), 2U);
  EXPECT_EQ(second.at(0).delivery_id, "d-2");
  EXPECT_TRUE(List({.source = "apps", .before_id = second.back().id, .limit = 2}).empty());
  EXPECT_EQ(List({.source = "", .before_id = 0, .limit = 100}).size(), 5U);
  EXPECT_TRUE(List({.source = "", .before_id = 0, .limit = -1}).empty());
}

TEST_F(DeliveryStoreTest, TheOldestGo) {
  store_.Close();
  SqliteStoreOptions options = store_.Options();
  options.max_deliveries = 10;
  const auto database = StateDatabase::Open(options, store_.clock(), store_.counters());
  ASSERT_TRUE(database);
  const auto deliveries = MakeSqliteDeliveryStore(*database);
  std::vector<NewDelivery> batch;
  for (int i = 0; i < 600; ++i) batch.push_back(Pushed("d-" + std::to_string(i)));
  ASSERT_TRUE(deliveries->RecordDeliveries(batch));
  const auto kept = deliveries->ListDeliveries({.source = "", .before_id = 0, .limit = 1000});
  ASSERT_TRUE(kept);
  ASSERT_EQ(kept->size(), 10U);
  EXPECT_EQ(kept->front().delivery_id, "d-599");
  EXPECT_EQ(deliveries->LoadSourceRequest("apps")->asked, 600U);
}

/// Every deletion of a row of `table` fails.
Status KeepRowsOf(Connection& connection, const std::string& table) {
  return connection.Run("CREATE TRIGGER keep_rows BEFORE DELETE ON " + table +
                        " BEGIN SELECT RAISE(ABORT, 'kept'); END");
}

TEST_F(DeliveryStoreTest, DeliveriesAreNotRecordedWhenTheOldestCannotGo) {
  store_.Close();
  SqliteStoreOptions options = store_.Options();
  options.max_deliveries = 10;
  const auto database = StateDatabase::Open(options, store_.clock(), store_.counters());
  ASSERT_TRUE(database);
  const auto connection = Connection::Open({.path = store_.path()});
  ASSERT_TRUE(connection);
  ASSERT_TRUE(KeepRowsOf(**connection, "delivery"));
  const auto deliveries = MakeSqliteDeliveryStore(*database);
  EXPECT_FALSE(deliveries->RecordDeliveries(std::vector<NewDelivery>(600, Pushed(""))));
  EXPECT_TRUE(deliveries->ListDeliveries({.source = "", .before_id = 0, .limit = 1000})->empty());
  EXPECT_FALSE(deliveries->LoadSourceRequest("apps")->IsOwed());
}

TEST_F(DeliveryStoreTest, TheOldestLooksGoAndOneIsNotRecordedWhenTheyCannot) {
  store_.Close();
  const auto database = StateDatabase::Open(store_.Options(), store_.clock(), store_.counters());
  ASSERT_TRUE(database);
  ASSERT_TRUE((*database)->Write([](Connection& connection) -> Status {
    const auto look = [&](std::uint64_t number) {
      return InsertLookRow(connection, "apps", number, At(1000), {"a look", {}}, 10);
    };
    const auto count = [&] {
      return connection.Number("SELECT count(*) FROM source_look")->value_or(0);
    };
    std::uint64_t number = 0;
    while (count() < 10 + kPruningBatch - 1) RETURN_IF_ERROR(look(++number));
    RETURN_IF_ERROR(look(++number));
    EXPECT_EQ(count(), 10);
    while (count() < 10 + kPruningBatch - 1) RETURN_IF_ERROR(look(++number));
    RETURN_IF_ERROR(KeepRowsOf(connection, "source_look"));
    EXPECT_FALSE(look(++number));
    return {};
  }));
}

TEST_F(DeliveryStoreTest, ABatchThatFailsLeavesNothing) {
  const auto other = store_.Open(store_.Options("pid 4711 on elsewhere"));
  ASSERT_TRUE(other);
  const auto refused = store_.deliveries().RecordDeliveries({Pushed("d-1")});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(store_.deliveries().AskForSource("apps", "ann").error().kind, ErrorKind::kConflict);
  EXPECT_EQ(store_.deliveries().MarkLooked("apps", 1, {"", {}}).error().kind, ErrorKind::kConflict);
  EXPECT_TRUE(List().empty());
  EXPECT_FALSE(Request().IsOwed());
}

TEST_F(DeliveryStoreTest, DeliveriesAndLooksFromManyThreadsLoseNothing) {
  constexpr int kThreads = 4;
  constexpr int kEach = 25;
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < kEach; ++i) Record(Pushed(std::to_string(t) + "-" + std::to_string(i)));
    });
  }
  threads.emplace_back([this] {
    for (int i = 0; i < kEach; ++i) {
      const SourceRequest request = Request();
      EXPECT_TRUE(store_.deliveries().MarkLooked("apps", request.asked, {"look", {}}));
    }
  });
  threads.clear();
  EXPECT_EQ(Request().asked, static_cast<std::uint64_t>(kThreads * kEach));
  EXPECT_EQ(List({.source = "", .before_id = 0, .limit = 1000}).size(),
            static_cast<std::size_t>(kThreads * kEach));
}

TEST(DeliveryOutcomeTest, NamesComeBack) {
  for (const auto outcome :
       {DeliveryOutcome::kAccepted, DeliveryOutcome::kIgnored, DeliveryOutcome::kRefused}) {
    EXPECT_EQ(DeliveryOutcomeFrom(ToString(outcome)), outcome);
  }
  EXPECT_FALSE(DeliveryOutcomeFrom("lost"));
}

/// Others may wait for an hour; whoever sent a webhook does not.
class PatientStateTest : public testing::Test {
 protected:
  PatientStateTest() {
    store_.Close();
    SqliteStoreOptions options = store_.Options();
    options.write_timeout = std::chrono::hours(1);
    state_ = *StateDatabase::Open(options, store_.clock(), store_.counters());
    deliveries_ = MakeSqliteDeliveryStore(state_);
  }

  void ExpectBusy() {
    NewDelivery fresh;
    fresh.delivery.source = "apps";
    const auto receipts = deliveries_->RecordDeliveries({fresh});
    ASSERT_FALSE(receipts);
    EXPECT_EQ(receipts.error().kind, ErrorKind::kConflict);
    EXPECT_EQ(receipts.error().primary().summary, "the state database is busy");
  }

  TempStore store_;
  std::shared_ptr<StateDatabase> state_;
  std::unique_ptr<DeliveryStore> deliveries_;
};

TEST_F(PatientStateTest, AnotherProcessIsNotWaitedForLong) {
  const auto other = Connection::Open({.path = store_.path()});
  ASSERT_TRUE(other);
  Transaction transaction(**other);
  ASSERT_TRUE(transaction.Begin(Transaction::Mode::kImmediate));
  ExpectBusy();
  ASSERT_TRUE(transaction.Commit());
  EXPECT_TRUE(deliveries_->RecordDeliveries({NewDelivery{}}));
  const auto patience = state_->Write([](Connection& connection) -> Result<std::int64_t> {
    ASSIGN_OR_RETURN(const auto milliseconds, connection.Number("PRAGMA busy_timeout"));
    return milliseconds.value_or(0);
  });
  EXPECT_EQ(*patience, 3'600'000) << "others wait as before";
}

TEST_F(PatientStateTest, NeitherIsAThreadThatWrites) {
  std::latch writing(1);
  std::latch done(1);
  std::jthread writer([&] {
    const Status status = state_->Write([&](Connection&) -> Status {
      writing.count_down();
      done.wait();
      return {};
    });
    EXPECT_TRUE(status);
  });
  writing.wait();
  ExpectBusy();
  done.count_down();
  writer.join();
  EXPECT_TRUE(deliveries_->RecordDeliveries({NewDelivery{}}));
}

}  // namespace
}  // namespace gitops
