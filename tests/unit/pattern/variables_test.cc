#include "engine/pattern/variables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/pattern/fixtures.h"

namespace gitops {
namespace {

using testing::HasSubstr;

class VariablesTest : public testing::Test {
 protected:
  VariablesTest() {
    PatternVariable memory;
    memory.name = "memory";
    memory.type = VariableType::kInteger;
    memory.unit = "MB";
    memory.default_value = Value(std::int64_t{4096});
    memory.min = 256;
    memory.max = 65536;
    memory.from = {"resources.vm.memory", "resources.memory.recommended"};
    memory.minimum_from = {"resources.memory.min"};
    pattern_.name = "box";
    pattern_.variables = {memory};
  }

  PatternVariable& variable() { return pattern_.variables.front(); }

  void Write(const std::string& path, Value value, bool ambiguous = false) {
    const int line = static_cast<int>(manifest_.values.size()) + 7;
    manifest_.values[path] = {std::move(value), {"tfgrid-compose.yaml", line, 5}, ambiguous};
  }

  /// The value as text; "" when there is none.
  std::string Value_() {
    resolved_ = ResolveVariables(pattern_, manifest_, overrides_);
    return resolved_.values.empty() ? "" : ToText(resolved_.values.front().value);
  }

  Diagnostic Problem() {
    EXPECT_EQ(Value_(), "");
    EXPECT_EQ(resolved_.problems.size(), 1U) << Texts(resolved_.problems);
    return resolved_.problems.empty() ? Diagnostic() : resolved_.problems.front();
  }

  Pattern pattern_;
  Manifest manifest_;
  std::map<std::string, Value> overrides_;
  ResolvedVariables resolved_;
};

TEST_F(VariablesTest, ComeFromOverrideThenManifestInOrderThenDefault) {
  EXPECT_EQ(Value_(), "4096");
  Write("resources.memory.recommended", std::int64_t{1024});
  EXPECT_EQ(Value_(), "1024");
  Write("resources.vm.memory", std::int64_t{2048});
  EXPECT_EQ(Value_(), "2048");
  overrides_["memory"] = std::int64_t{512};
  overrides_["of_another_pattern"] = true;
  EXPECT_EQ(Value_(), "512");
  EXPECT_TRUE(resolved_.problems.empty());
}

TEST_F(VariablesTest, CanAlwaysBeSetByNameAfterTheirPaths) {
  Write("variables.memory", std::int64_t{700});
  EXPECT_EQ(Value_(), "700");
  Write("resources.vm.memory", std::int64_t{800});
  EXPECT_EQ(Value_(), "800");
  EXPECT_TRUE(resolved_.problems.empty());
}

TEST_F(VariablesTest, MisspeltNamesAreWarnedOfAndForeignOnesAreNot) {
  Write("variables.memroy", std::int64_t{700});
  Write("variables.domain", std::string("example.org"));
  EXPECT_EQ(Value_(), "4096");
  ASSERT_EQ(resolved_.problems.size(), 1U) << Texts(resolved_.problems);
  EXPECT_EQ(resolved_.problems[0].severity, Severity::kWarning);
  EXPECT_EQ(resolved_.problems[0].hint, "did you mean \"memory\"?");
}

TEST_F(VariablesTest, OutOfBoundsNamesThePlaceAndTheRule) {
  Write("resources.vm.memory", std::int64_t{70000});
  const Diagnostic problem = Problem();
  EXPECT_EQ(problem.summary, "variable out of bounds");
  EXPECT_EQ(problem.location.line, 7);
  EXPECT_EQ(problem.subject, "resources.vm.memory");
  EXPECT_THAT(problem.detail, HasSubstr("70000 MB"));
  EXPECT_EQ(problem.hint, "allowed: 256 to 65536 MB");
}

TEST_F(VariablesTest, BoundsAreInclusive) {
  for (const std::int64_t edge : {256, 65536}) {
    overrides_["memory"] = edge;
    EXPECT_EQ(Value_(), std::to_string(edge));
  }
  for (const std::int64_t beyond : {255, 65537}) {
    overrides_["memory"] = beyond;
    EXPECT_EQ(Problem().summary, "variable out of bounds");
  }
}

TEST_F(VariablesTest, WrongTypesAreErrors) {
  Write("resources.vm.memory", std::string("lots"));
  const Diagnostic problem = Problem();
  EXPECT_EQ(problem.summary, "variable has the wrong type");
  EXPECT_THAT(problem.detail, HasSubstr("\"lots\""));
  EXPECT_THAT(problem.detail, HasSubstr("a whole number of MB"));
}

TEST_F(VariablesTest, AmbiguousUnitsOfTheChosenValueBlock) {
  Write("resources.memory.recommended", std::int64_t{8}, true);
  const Diagnostic problem = Problem();
  EXPECT_EQ(problem.summary, "ambiguous unit");
  EXPECT_THAT(problem.hint, HasSubstr("`recommended: 8GB`"));
  Write("resources.vm.memory", std::int64_t{2048});
  EXPECT_EQ(Value_(), "2048");
  EXPECT_TRUE(resolved_.problems.empty());
}

TEST_F(VariablesTest, ChosenValuesBelowTheAppsMinimumBlock) {
  Write("resources.memory.recommended", std::int64_t{1024});
  Write("resources.memory.min", std::int64_t{2048});
  const Diagnostic problem = Problem();
  EXPECT_EQ(problem.summary, "variable below the app's minimum");
  EXPECT_THAT(problem.detail, HasSubstr("2048 MB"));
  overrides_["memory"] = std::int64_t{2048};
  EXPECT_EQ(Value_(), "2048");
  overrides_["memory"] = std::int64_t{2047};
  EXPECT_EQ(Problem().location.line, 8);  // Of the minimum: an override has no place.
}

TEST_F(VariablesTest, TheDefaultIsRaisedToTheAppsMinimum) {
  Write("resources.memory.min", std::int64_t{8192});
  EXPECT_EQ(Value_(), "8192");
  Write("resources.memory.min", std::int64_t{1024});
  EXPECT_EQ(Value_(), "4096");
  Write("resources.memory.min", std::int64_t{99999});
  EXPECT_EQ(Problem().summary, "variable out of bounds");
}

TEST_F(VariablesTest, RequiredWithoutAValueIsAnError) {
  variable().default_value.reset();
  EXPECT_EQ(Value_(), "");
  EXPECT_TRUE(resolved_.problems.empty());
  variable().required = true;
  manifest_.locations["pattern"] = {"tfgrid-compose.yaml", 3, 1};
  const Diagnostic problem = Problem();
  EXPECT_EQ(problem.summary, "variable without a value");
  EXPECT_EQ(problem.location.line, 3);
  EXPECT_THAT(problem.hint,
              HasSubstr("resources.vm.memory or resources.memory.recommended or variables.memory"));
}

TEST_F(VariablesTest, OptionsAreChecked) {
  variable() = PatternVariable();
  variable().name = "color";
  variable().options = {"red", "green"};
  overrides_["color"] = std::string("blue");
  EXPECT_EQ(Problem().hint, "allowed: red, green");
  overrides_["color"] = std::string("green");
  EXPECT_EQ(Value_(), "green");
}

TEST_F(VariablesTest, AllProblemsAreReportedAtOnce) {
  pattern_.variables.push_back(variable());
  pattern_.variables.back().name = "other";
  pattern_.variables.back().from = {"config.other"};
  Write("resources.vm.memory", std::int64_t{1});
  Write("config.other", true);
  Value_();
  EXPECT_EQ(resolved_.problems.size(), 2U);
}

std::string Converted(VariableType type, const Value& value, const std::string& unit = "") {
  PatternVariable variable;
  variable.type = type;
  variable.unit = unit;
  const auto converted = ConvertValue(variable, value);
  return converted ? ToText(*converted) : "none";
}

TEST(ConvertValueTest, TextBecomesANumberWhereItIsOne) {
  EXPECT_EQ(Converted(VariableType::kInteger, std::string("4")), "4");
  EXPECT_EQ(Converted(VariableType::kInteger, std::string("8GB"), "MB"), "8192");
  EXPECT_EQ(Converted(VariableType::kInteger, std::string("2T"), "GB"), "2048");
  EXPECT_EQ(Converted(VariableType::kInteger, std::string("8GB"), "cores"), "none");
  EXPECT_EQ(Converted(VariableType::kInteger, std::string("4 cores"), "cores"), "none");
  EXPECT_EQ(Converted(VariableType::kInteger, true), "none");
}

TEST(ConvertValueTest, ListsOfOneAndSingleValuesStandForEachOther) {
  using Ints = std::vector<std::int64_t>;
  using Strings = std::vector<std::string>;
  EXPECT_EQ(Converted(VariableType::kInteger, Ints{8}), "8");
  EXPECT_EQ(Converted(VariableType::kInteger, Ints{8, 13}), "none");
  EXPECT_EQ(Converted(VariableType::kIntegerList, std::int64_t{8}), "[8]");
  EXPECT_EQ(Converted(VariableType::kIntegerList, Strings{}), "[]");
  EXPECT_EQ(Converted(VariableType::kIntegerList, Strings{"8", "x"}), "none");
  EXPECT_EQ(Converted(VariableType::kStringList, std::string("mycelium, ipv4,")),
            "[mycelium, ipv4]");
  EXPECT_EQ(Converted(VariableType::kStringList, std::string("")), "[]");
  EXPECT_EQ(Converted(VariableType::kStringList, Ints{8, 13}), "[8, 13]");
}

TEST(ConvertValueTest, TextsAndBooleans) {
  EXPECT_EQ(Converted(VariableType::kString, std::int64_t{8}), "8");
  EXPECT_EQ(Converted(VariableType::kString, std::vector<std::string>{"a"}), "none");
  EXPECT_EQ(Converted(VariableType::kBoolean, std::string("true")), "true");
  EXPECT_EQ(Converted(VariableType::kBoolean, std::string("yes")), "none");
  EXPECT_EQ(Converted(VariableType::kBoolean, std::int64_t{1}), "none");
}

TEST(DigestValueTest, ListsWithCommasInTheirItemsDiffer) {
  EXPECT_NE(DigestValue(std::vector<std::string>{"a, b"}),
            DigestValue(std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(DigestValue(std::int64_t{4}), DigestValue(std::int64_t{4}));
}

}  // namespace
}  // namespace gitops
