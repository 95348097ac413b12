#include "engine/model/diff.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

TEST(DiffTest, IsEmptyWhileEveryStepIsUnchanged) {
  Diff diff;
  EXPECT_TRUE(diff.IsEmpty());
  diff.steps.resize(2);
  EXPECT_TRUE(diff.IsEmpty());
  for (const StepVerdict verdict :
       {StepVerdict::kAdded, StepVerdict::kChanged, StepVerdict::kRemoved}) {
    diff.steps[1].verdict = verdict;
    EXPECT_FALSE(diff.IsEmpty());
  }
}

}  // namespace
}  // namespace gitops
