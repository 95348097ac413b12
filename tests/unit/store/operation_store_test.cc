#include "engine/store/operation_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/store/access_fixture.h"

namespace gitops {
namespace {

using testing::ElementsAre;

class OperationStoreTest : public AccessFixture {
 protected:
  static Operation Wish(const std::string& app = "web") {
    Operation operation;
    operation.note.actor = "token 1 (ci)";
    operation.note.address = "127.0.0.1";
    operation.note.action = "app.rollback";
    operation.note.target = "production/" + app;
    operation.note.request_id = "req-1";
    operation.app = {"production", app};
    operation.body = R"({"to":3})";
    operation.by = "ci";
    operation.exact = true;
    operation.serial = 7;
    operation.last_run = 5;
    operation.asked = WallTime(std::chrono::milliseconds(1'000));
    return operation;
  }

  static std::string AnswerOf(const Operation& operation) {
    return "answer " + std::to_string(operation.id);
  }

  std::vector<std::string> Audit() {
    std::vector<std::string> lines;
    const auto entries = audit_.List(0, 100);
    for (const AuditEntry& entry : *entries) {
      lines.push_back(entry.note.target + " " + entry.note.result + " " + entry.note.detail);
    }
    return lines;
  }

  AuditStore audit_{database_};
  IdempotencyStore keys_{database_, "p1"};
  OperationStore operations_{database_, audit_, keys_};
};

TEST_F(OperationStoreTest, WhatWasAcceptedIsThereWithItsEntryAndItsAnswer) {
  const IdempotencyKey key{1, "k"};
  ASSERT_EQ(keys_.Claim(key, "d")->kind, IdempotencyClaim::Kind::kNew);
  const auto accepted = operations_.Accept(Wish(), key, AnswerOf);
  ASSERT_TRUE(accepted) << accepted.error().ToString();
  EXPECT_EQ(accepted->id, 1);
  EXPECT_THAT(Audit(), ElementsAre("production/web accepted operation 1"));
  EXPECT_EQ(keys_.Claim(key, "d")->body, "answer 1");
  EXPECT_EQ(keys_.Claim(key, "d")->status, 202);

  AuditStore audit(Open());
  IdempotencyStore keys(Open(), "p2");
  OperationStore next(Open(), audit, keys);
  const auto unfinished = next.Unfinished();
  ASSERT_TRUE(unfinished && unfinished->size() == 1);
  const Operation& kept = unfinished->front();
  const Operation wish = Wish();
  EXPECT_EQ(kept.id, 1);
  EXPECT_EQ(kept.note, wish.note);
  EXPECT_EQ(kept.app, wish.app);
  EXPECT_EQ(kept.body, wish.body);
  EXPECT_EQ(kept.by, wish.by);
  EXPECT_TRUE(kept.exact);
  EXPECT_EQ(kept.serial, 7U);
  EXPECT_EQ(kept.last_run, 5);
  EXPECT_EQ(kept.asked, wish.asked);
  EXPECT_FALSE(kept.ended);
}

TEST_F(OperationStoreTest, AllOfItIsWrittenOrNothing) {
  Tamper("DROP TABLE audit");
  const IdempotencyKey key{1, "k"};
  ASSERT_EQ(keys_.Claim(key, "d")->kind, IdempotencyClaim::Kind::kNew);
  EXPECT_FALSE(operations_.Accept(Wish(), key, AnswerOf));
  EXPECT_EQ(Number("SELECT count(*) FROM operation"), 0);
  EXPECT_EQ(keys_.Claim(key, "d")->kind, IdempotencyClaim::Kind::kUnderWay);
}

TEST_F(OperationStoreTest, OneThatIsThereIsOnlyAnsweredAndNoted) {
  ASSERT_TRUE(operations_.Accept(Wish(), std::nullopt, AnswerOf));
  Operation again = Wish();
  again.id = 1;
  const IdempotencyKey key{2, "k"};
  ASSERT_EQ(keys_.Claim(key, "d")->kind, IdempotencyClaim::Kind::kNew);
  ASSERT_EQ(operations_.Accept(again, key, AnswerOf)->id, 1);
  EXPECT_EQ(Number("SELECT count(*) FROM operation"), 1);
  EXPECT_EQ(keys_.Claim(key, "d")->body, "answer 1");
  EXPECT_EQ(Audit().size(), 2U);
}

TEST_F(OperationStoreTest, TheFirstEndCounts) {
  ASSERT_TRUE(operations_.Accept(Wish(), std::nullopt, AnswerOf));
  ASSERT_TRUE(operations_.Accept(Wish("db"), std::nullopt, AnswerOf));
  ASSERT_TRUE(operations_.End(1, "first"));
  ASSERT_TRUE(operations_.End(1, "second"));
  const auto ended = operations_.Load(1);
  ASSERT_TRUE(ended && *ended);
  EXPECT_TRUE((*ended)->ended);
  EXPECT_EQ((*ended)->document, "first");
  EXPECT_EQ(operations_.Unfinished()->size(), 1U);
  EXPECT_EQ(operations_.Unfinished()->front().app.name, "db");
  EXPECT_FALSE(*operations_.Load(3));
}

TEST_F(OperationStoreTest, TheOldestThatAreOverGo) {
  ASSERT_TRUE(operations_.Accept(Wish("open"), std::nullopt, AnswerOf));
  ASSERT_TRUE(operations_.Accept(Wish("over"), std::nullopt, AnswerOf));
  ASSERT_TRUE(operations_.Accept(Wish("kept"), std::nullopt, AnswerOf));
  ASSERT_TRUE(operations_.End(2, "document"));
  ASSERT_TRUE(operations_.End(3, "document"));
  // As after 999 more.
  Tamper("UPDATE sqlite_sequence SET seq = 1001 WHERE name = 'operation'");
  EXPECT_EQ(operations_.Accept(Wish(), std::nullopt, AnswerOf)->id, 1002);
  EXPECT_TRUE(*operations_.Load(1)) << "it is not over";
  EXPECT_FALSE(*operations_.Load(2));
  EXPECT_TRUE(*operations_.Load(3));
}

}  // namespace
}  // namespace gitops
