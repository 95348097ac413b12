#include "engine/store/outbox_store.h"

#include <gtest/gtest.h>

#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

OutboxEntry Entry(const std::string& target, const std::string& topic,
                  NotificationKind kind = NotificationKind::kFailed, std::int64_t due = 0) {
  OutboxEntry entry;
  entry.target = target;
  entry.topic = topic;
  entry.notification = {kind,           "apps", AppId{"production", "web"}, {"main", Oid('a')}, 7,
                        "run 7 failed", At(5)};
  entry.next = At(due);
  return entry;
}

class OutboxStoreTest : public ::testing::Test {
 protected:
  void Add(std::vector<OutboxEntry> entries) {
    ASSERT_TRUE(temp_.outbox().Enqueue({std::nullopt, std::move(entries), {}, {}}, 100));
  }
  void Replace(OutboxEntry entry) {
    ASSERT_TRUE(temp_.outbox().Enqueue({std::nullopt, {}, {std::move(entry)}, {}}, 100));
  }
  std::vector<OutboxEntry> Due(std::int64_t now = 100) {
    auto due = temp_.outbox().DueEntries(At(now), 50);
    EXPECT_TRUE(due);
    return *std::move(due);
  }

  TempStore temp_;
};

TEST_F(OutboxStoreTest, EntriesSurviveWhole) {
  OutboxEntry entry = Entry("chat", "app:production/web");
  Add({entry});
  temp_.Reopen();
  const auto due = Due();
  ASSERT_EQ(due.size(), 1U);
  entry.id = due[0].id;
  EXPECT_EQ(due[0], entry);
  ASSERT_TRUE(temp_.outbox().MarkDelivered(entry.id));
  EXPECT_TRUE(Due().empty());
}

TEST_F(OutboxStoreTest, AboutTheSourceThereIsNoApp) {
  OutboxEntry entry = Entry("chat", "source:apps", NotificationKind::kSourceFailed);
  entry.notification.app.reset();
  entry.notification.revision = {};
  Add({entry});
  EXPECT_EQ(Due().at(0).notification, entry.notification);
}

TEST_F(OutboxStoreTest, OneTopicOfOneTargetGoesInOrder) {
  Add({Entry("chat", "a", NotificationKind::kFailed, 50), Entry("chat", "a"), Entry("chat", "b"),
       Entry("pager", "a")});
  auto due = Due(10);
  ASSERT_EQ(due.size(), 2U);
  EXPECT_EQ(due[0].topic, "b");
  EXPECT_EQ(due[1].target, "pager");
  due = Due(50);
  ASSERT_EQ(due.size(), 3U);
  ASSERT_TRUE(temp_.outbox().MarkDelivered(due[0].id));
  EXPECT_EQ(Due(50).size(), 3U);
}

TEST_F(OutboxStoreTest, SaysWhenTheNextIsDue) {
  EXPECT_EQ(*temp_.outbox().NextDue(), std::nullopt);
  Add({Entry("chat", "a", NotificationKind::kFailed, 50), Entry("chat", "a"),
       Entry("chat", "b", NotificationKind::kFailed, 70)});
  EXPECT_EQ(*temp_.outbox().NextDue(), At(50));
  ASSERT_TRUE(temp_.outbox().Postpone(Due(50).at(0).id, At(90), "no answer"));
  EXPECT_EQ(*temp_.outbox().NextDue(), At(70));
  const OutboxEntry again = Due(90).at(0);
  EXPECT_EQ(again.attempts, 1);
  EXPECT_EQ(again.error, "no answer");
}

TEST_F(OutboxStoreTest, ANewerStateTakesThePlaceOfOneThatWaits) {
  Replace(Entry("forge", "commit", NotificationKind::kStatusPending));
  const std::int64_t sent = Due().at(0).id;
  Replace(Entry("forge", "commit", NotificationKind::kStatusSuccess));
  // The older one was on its way: what became of it does not touch the newer one.
  ASSERT_TRUE(temp_.outbox().MarkDelivered(sent));
  ASSERT_TRUE(temp_.outbox().Postpone(sent, At(1000), "no answer"));
  const auto due = Due();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].notification.kind, NotificationKind::kStatusSuccess);
  EXPECT_EQ(due[0].attempts, 0);
}

TEST_F(OutboxStoreTest, EventsAreReadOnce) {
  ASSERT_TRUE(temp_->AppendEvents({SomeEvent("one"), SomeEvent("two"), SomeEvent("three")}));
  auto unread = temp_.outbox().UnreadEvents(2);
  ASSERT_TRUE(unread);
  ASSERT_EQ(unread->size(), 2U);
  EXPECT_EQ(unread->at(0).message, "one");
  ASSERT_TRUE(temp_.outbox().Enqueue({unread->at(1).id, {}, {}, {}}, 100));
  ASSERT_TRUE(temp_.outbox().Enqueue({unread->at(0).id, {}, {}, {}}, 100));
  temp_.Reopen();
  unread = temp_.outbox().UnreadEvents(9);
  ASSERT_EQ(unread->size(), 1U);
  EXPECT_EQ(unread->at(0).message, "three");
}

TEST_F(OutboxStoreTest, WhatWasToldIsRemembered) {
  const Told told{"app:production/web", NotificationKind::kFailed, Oid('a'), At(5)};
  ASSERT_TRUE(temp_.outbox().Enqueue({std::nullopt, {}, {}, {told}}, 100));
  EXPECT_EQ(*temp_.outbox().LoadTold(told.topic), told);
  EXPECT_EQ(*temp_.outbox().LoadTold("app:production/db"), std::nullopt);
  Told later = told;
  later.kind = NotificationKind::kRecovered;
  ASSERT_TRUE(temp_.outbox().Enqueue({std::nullopt, {}, {}, {later}}, 100));
  EXPECT_EQ((*temp_.outbox().LoadTold(told.topic))->kind, NotificationKind::kRecovered);
}

TEST_F(OutboxStoreTest, StatesOfOldCommitsAreForgotten) {
  const Told old{"status:production/web@1", NotificationKind::kStatusSuccess, Oid('a'), At(5)};
  const Told app{"app:production/web", NotificationKind::kFailed, Oid('a'), At(5)};
  ASSERT_TRUE(temp_.outbox().Enqueue({std::nullopt, {}, {}, {old, app}}, 100));
  Replace(Entry("forge", "commit"));
  EXPECT_EQ(*temp_.outbox().LoadTold(old.topic), std::nullopt);
  EXPECT_TRUE(*temp_.outbox().LoadTold(app.topic));
}

TEST_F(OutboxStoreTest, HoldsSoManyAndSaysHowManyHadToGo) {
  for (int i = 0; i < 4; ++i) Add({Entry("chat", std::to_string(i))});
  const auto dropped = temp_.outbox().Enqueue({std::nullopt, {Entry("chat", "newest")}, {}, {}}, 3);
  ASSERT_TRUE(dropped);
  EXPECT_EQ(*dropped, 2U);
  EXPECT_EQ(*temp_.outbox().CountWaiting(), 3U);
  EXPECT_EQ(Due().back().topic, "newest");
  EXPECT_EQ(Due().front().topic, "2");
}

TEST_F(OutboxStoreTest, GivingUpLeavesAnEvent) {
  Add({Entry("chat", "a")});
  ASSERT_TRUE(temp_.outbox().GiveUp(Due().at(0).id, SomeEvent("could not be told")));
  EXPECT_TRUE(Due().empty());
  EXPECT_EQ(temp_->ListEvents({})->back().message, "could not be told");
}

TEST_F(OutboxStoreTest, ATargetCanGo) {
  Add({Entry("chat", "a"), Entry("pager", "a"), Entry("chat", "b")});
  ASSERT_TRUE(temp_.outbox().DropTarget("chat"));
  ASSERT_EQ(Due().size(), 1U);
  EXPECT_EQ(Due()[0].target, "pager");
}

}  // namespace
}  // namespace gitops
