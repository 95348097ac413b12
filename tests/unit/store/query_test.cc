// Statements are kept and used again; two of the same text may be under way at once.
#include <gtest/gtest.h>

#include "engine/store/sql.h"
#include "tests/support/temp_store.h"

namespace gitops {
namespace {

class QueryTest : public testing::Test {
 protected:
  QueryTest() : connection_(Connection::Open({.path = store_.path()})) {
    EXPECT_TRUE(connection_) << connection_.error().ToString();
  }

  static constexpr const char* kCount =
      "WITH RECURSIVE n(i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n";

  /// What the rows say, one after the other.
  static std::vector<std::int64_t> Rest(Query& query) {
    std::vector<std::int64_t> rows;
    while (query.Next().value()) rows.push_back(query.Int64(0));
    return rows;
  }

  TempStore store_;
  Result<std::unique_ptr<Connection>> connection_;
};

TEST_F(QueryTest, TwoOfTheSameTextDoNotDisturbEachOther) {
  Query outer(**connection_, kCount);
  outer.Bind(1);
  ASSERT_TRUE(outer.Next().value());
  {
    Query inner(**connection_, kCount);
    inner.Bind(2);
    EXPECT_EQ(Rest(inner), (std::vector<std::int64_t>{2, 3}));
  }
  EXPECT_EQ(outer.Int64(0), 1);
  EXPECT_EQ(Rest(outer), (std::vector<std::int64_t>{2, 3}));
}

TEST_F(QueryTest, OneThatWasLeftHalfWayBeginsAnewTheNextTime) {
  {
    Query half(**connection_, kCount);
    half.Bind(1);
    ASSERT_TRUE(half.Next().value());
  }
  Query whole(**connection_, kCount);
  whole.Bind(1);
  EXPECT_EQ(Rest(whole), (std::vector<std::int64_t>{1, 2, 3}));
}

}  // namespace
}  // namespace gitops
