#include "engine/store/idempotency_store.h"

#include <gtest/gtest.h>

#include "tests/unit/store/access_fixture.h"

namespace gitops {
namespace {

using Kind = IdempotencyClaim::Kind;

class IdempotencyStoreTest : public AccessFixture {
 protected:
  Kind Claim(IdempotencyStore& store, const std::string& key, const std::string& request = "d",
             std::int64_t token = 1) {
    const auto claim = store.Claim({token, key}, request);
    EXPECT_TRUE(claim);
    return claim ? claim->kind : Kind::kTooMany;
  }

  IdempotencyStore store_of_process_{database_, "p1"};
};

TEST_F(IdempotencyStoreTest, TheSameRequestGetsTheSameAnswer) {
  EXPECT_EQ(Claim(store_of_process_, "k"), Kind::kNew);
  EXPECT_EQ(Claim(store_of_process_, "k"), Kind::kUnderWay);
  ASSERT_TRUE(store_of_process_.Finish({1, "k"}, 202, "{}"));
  const auto again = store_of_process_.Claim({1, "k"}, "d");
  EXPECT_EQ(again->kind, Kind::kAnswered);
  EXPECT_EQ(again->status, 202);
  EXPECT_EQ(again->body, "{}");
}

TEST_F(IdempotencyStoreTest, AnotherRequestMayNotUseTheKeyButAnotherTokenMay) {
  EXPECT_EQ(Claim(store_of_process_, "k"), Kind::kNew);
  EXPECT_EQ(Claim(store_of_process_, "k", "other"), Kind::kOther);
  EXPECT_EQ(Claim(store_of_process_, "k", "other", 2), Kind::kNew);
}

TEST_F(IdempotencyStoreTest, WhatADeadProcessBeganIsUncertain) {
  EXPECT_EQ(Claim(store_of_process_, "k"), Kind::kNew);
  IdempotencyStore next(Open(), "p2");
  EXPECT_EQ(Claim(next, "k"), Kind::kUncertain);
}

TEST_F(IdempotencyStoreTest, WhatADeadProcessDidNotBeginIsTakenOverOnce) {
  EXPECT_EQ(Claim(store_of_process_, "k"), Kind::kNew);
  const auto free = UnansweredKey::kFree;
  EXPECT_EQ(store_of_process_.Claim({1, "k"}, "d", free)->kind, Kind::kUnderWay);
  IdempotencyStore next(Open(), "p2");
  EXPECT_EQ(next.Claim({1, "k"}, "other", free)->kind, Kind::kOther);
  EXPECT_EQ(next.Claim({1, "k"}, "d", free)->kind, Kind::kNew);
  EXPECT_EQ(next.Claim({1, "k"}, "d", free)->kind, Kind::kUnderWay);
  ASSERT_TRUE(next.Finish({1, "k"}, 202, "{}"));
  EXPECT_EQ(store_of_process_.Claim({1, "k"}, "d", free)->kind, Kind::kAnswered);
}

TEST_F(IdempotencyStoreTest, AForgottenKeyIsFree) {
  EXPECT_EQ(Claim(store_of_process_, "k"), Kind::kNew);
  ASSERT_TRUE(store_of_process_.Forget({1, "k"}));
  EXPECT_EQ(Claim(store_of_process_, "k", "other"), Kind::kNew);
}

TEST_F(IdempotencyStoreTest, KeysGoAfterADay) {
  EXPECT_EQ(Claim(store_of_process_, "k"), Kind::kNew);
  ASSERT_TRUE(store_of_process_.Finish({1, "k"}, 202, "{}"));
  store_.clock().Advance(std::chrono::hours(24));
  EXPECT_EQ(Claim(store_of_process_, "k"), Kind::kAnswered);
  store_.clock().Advance(std::chrono::milliseconds(1));
  EXPECT_EQ(Claim(store_of_process_, "k"), Kind::kNew);
}

TEST_F(IdempotencyStoreTest, ATokenHasSoManyKeysOnly) {
  EXPECT_EQ(Claim(store_of_process_, "k"), Kind::kNew);
  Tamper(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)"
      " INSERT INTO idempotency (token, key, request, process, created_at_ms)"
      " SELECT 1, 'n' || i, '', '', " +
      std::to_string(store_.clock().Now().time_since_epoch().count()) + " FROM n");
  EXPECT_EQ(Claim(store_of_process_, "one more"), Kind::kTooMany);
  EXPECT_EQ(Claim(store_of_process_, "k"), Kind::kUnderWay);
  EXPECT_EQ(Claim(store_of_process_, "k", "d", 2), Kind::kNew);
}

}  // namespace
}  // namespace gitops
