#include "engine/base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace gitops {
namespace {

Result<int> Half(int number) {
  if (number % 2 != 0) return MakeError(ErrorKind::kInvalid, "Odd number");
  return number / 2;
}

Result<int> Quarter(int number) {
  ASSIGN_OR_RETURN(const int half, Half(number));
  return Half(half);
}

Status CheckAll(const std::vector<int>& numbers, int* checked) {
  for (const int number : numbers) {
    RETURN_IF_ERROR(Half(number));
    ++*checked;
  }
  return {};
}

TEST(ResultTest, HoldsAValueOrAnError) {
  EXPECT_EQ(*Half(4), 2);
  ASSERT_FALSE(Half(3));
  EXPECT_EQ(Half(3).error().kind, ErrorKind::kInvalid);
}

TEST(ResultTest, AssignOrReturnStopsAtTheFirstError) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_FALSE(Quarter(6));
  EXPECT_FALSE(Quarter(3));
}

TEST(ResultTest, ReturnIfErrorStopsAtTheFirstError) {
  int checked = 0;
  EXPECT_TRUE(CheckAll({2, 4}, &checked));
  EXPECT_EQ(checked, 2);
  checked = 0;
  EXPECT_FALSE(CheckAll({2, 3, 4}, &checked));
  EXPECT_EQ(checked, 1);
}

TEST(ResultTest, MovesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 7);
}

TEST(ResultDeathTest, TakingWhatIsNotThereIsABug) {
  const Result<int> failed = MakeError(ErrorKind::kTransient, "Broken");
  const Result<int> good = 1;
  const Status status;
  EXPECT_DEATH((void)failed.value(), "CHECK");
  EXPECT_DEATH((void)good.error(), "CHECK");
  EXPECT_DEATH((void)status.error(), "CHECK");
}

}  // namespace
}  // namespace gitops
