// Every word of the text views, and every byte of a plan, under review: tests/golden/plan/<case>/.
#include <gtest/gtest.h>

#include "tests/golden/plan/cases.h"

namespace gitops {
namespace {

using testing::GoldenCase;

std::map<std::string, GoldenCase> AllCases() {
  std::map<std::string, GoldenCase> cases = testing::PlanCases();
  cases.merge(testing::ReportCases());
  return cases;
}

class PlanGolden : public ::testing::TestWithParam<std::pair<const std::string, GoldenCase>> {};

TEST_P(PlanGolden, Matches) {
  const auto& [name, make] = GetParam();
  testing::ExpectGolden(name, make());
}

INSTANTIATE_TEST_SUITE_P(Cases, PlanGolden, ::testing::ValuesIn(AllCases()),
                         [](const auto& test) { return test.param.first; });

TEST(PlanGoldenFolders, HaveACaseEach) {
  const auto cases = AllCases();
  for (const auto& [name, unused] : testing::GoldenCases()) {
    EXPECT_TRUE(cases.contains(name)) << "tests/golden/plan/" << name << " belongs to no case";
  }
}

}  // namespace
}  // namespace gitops
