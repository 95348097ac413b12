#include "engine/yaml/shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "engine/yaml/parse.h"

namespace gitops {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string NoSpaces(std::string_view text) {
  return text.find(' ') == std::string_view::npos ? "" : "may not hold spaces";
}

Shape TestShape() {
  return MapShape({
      Key("name", TextShape().Longest(10).Checked(&NoSpaces)).Required().Example("shop"),
      Key("mode", WordShape({"fast", "safe"})),
      Key("debug", BooleanShape()),
      Key("interval", DurationShape(5s, 24h)),
      Key("resources", MapShape({
                           Key("cpu", OneOfShape({IntegerShape(1, 64),
                                                  MapShape({Key("min", IntegerShape(1, 64))})})),
                           Key("memory", SizeShape(SizeUnit::kMegabytes, 256, 1024 * 1024)),
                       })),
      Key("ports", ListShape(IntegerShape(1, 65535)).Items(1, 3)),
      Key("labels", FreeMapShape(TextShape()).Checked(&NoSpaces)),
      Key("tags", ListShape(TextShape())).NoEffect("kept for people"),
      Key("old", TextShape()).Deprecated("new"),
      Key("extra", AnyShape()),
  });
}

Diagnostics Check(std::string_view text) {
  const auto root = ParseYaml(text, "f.yaml");
  EXPECT_TRUE(root.has_value()) << (root ? "" : root.error().ToString());
  if (!root) return {};
  return CheckShape(*root, TestShape(), "f.yaml", {"", "see the reference"});
}

TEST(CheckShape, AcceptsWhatFits) {
  EXPECT_THAT(Check("name: shop\nmode: fast\ndebug: true\ninterval: 60s\n"
                    "resources: {cpu: 2, memory: 4G}\nports: [22, 80]\nlabels: {a: b, c: 1}\n"
                    "extra: [{a: [1]}]\nx-anything: {goes: here}\n"),
              IsEmpty());
  EXPECT_THAT(Check("name: shop\nresources: {cpu: {min: 2, x-note: free}}\n"), IsEmpty());
}

TEST(CheckShape, ListsAndMapsWithoutValueCountAsEmpty) {
  EXPECT_THAT(Check("name: shop\nresources:\nlabels:\n"), IsEmpty());
}

struct Misfit {
  const char* what;
  const char* text;
  const char* summary;
  const char* subject;
  int line;
  const char* detail;
  const char* hint;
};

class Misfits : public ::testing::TestWithParam<Misfit> {};

TEST_P(Misfits, AreReportedOnceWithPathPlaceAndHint) {
  const Misfit& misfit = GetParam();
  const Diagnostics problems = Check(misfit.text);
  ASSERT_EQ(problems.size(), 1U) << (problems.empty() ? "" : problems.back().ToString());
  EXPECT_EQ(problems[0].summary, misfit.summary);
  EXPECT_EQ(problems[0].subject, misfit.subject);
  EXPECT_EQ(problems[0].location.line, misfit.line);
  EXPECT_GT(problems[0].location.column, 0);
  EXPECT_THAT(problems[0].detail, HasSubstr(misfit.detail));
  EXPECT_THAT(problems[0].hint, HasSubstr(misfit.hint));
}

INSTANTIATE_TEST_SUITE_P(
    All, Misfits,
    ::testing::Values(
        Misfit{"Root", "- a\n", "wrong type", "", 1, "mapping expected, found a list", ""},
        Misfit{"Missing", "mode: fast\n", "key missing", "name", 1, "required", "name: shop"},
        Misfit{"Typo", "name: a\nresorces: {}\n", "unknown key", "resorces", 2, "top level",
               "did you mean \"resources\"?"},
        Misfit{"NestedTypo", "name: a\nresources:\n  memroy: 1\n", "unknown key",
               "resources.memroy", 3, "of resources", "did you mean \"memory\"?"},
        Misfit{"Case", "Name: a\n", "unknown key", "Name", 1, "", "did you mean \"name\"?"},
        Misfit{"WrongPlace", "name: a\nmemory: 4\n", "unknown key", "memory", 2, "",
               "did you mean \"resources.memory\"?"},
        Misfit{"WrongPlaceInOneOf", "name: a\nresources: {min: 4}\n", "unknown key",
               "resources.min", 2, "", "did you mean \"cpu.min\"?"},
        Misfit{"FarFromAll", "name: a\nzzzzzzzzzzz: 1\n", "unknown key", "zzzzzzzzzzz", 2, "",
               "known: name"},
        Misfit{"Word", "name: a\nmode: fats\n", "value not allowed", "mode", 2, "fast, safe",
               "did you mean \"fast\"?"},
        Misfit{"Boolean", "name: a\ndebug: y\n", "wrong type", "debug", 2, "true or false",
               "write true"},
        Misfit{"NullInteger", "name: a\nresources:\n  cpu:\n    min:\n", "value missing",
               "resources.cpu.min", 4, "integer expected, found nothing", ""},
        Misfit{"Range", "name: a\nresources: {cpu: 65}\n", "value out of range", "resources.cpu", 2,
               "1 to 64", ""},
        Misfit{"DurationRange", "name: a\ninterval: 1s\n", "value out of range", "interval", 2,
               "5s to 24h", ""},
        Misfit{"SizeRange", "name: a\nresources: {memory: 1M}\n", "value out of range",
               "resources.memory", 2, "256 MB", ""},
        Misfit{"OneOf", "name: a\nresources: {cpu: [1]}\n", "wrong type", "resources.cpu", 2,
               "integer or mapping expected, found a list", ""},
        Misfit{"Item", "name: a\nports: [22, x]\n", "wrong type", "ports[1]", 2, "integer", ""},
        Misfit{"NoItems", "name: a\nports: []\n", "too few items", "ports", 2, "empty", ""},
        Misfit{"NullItems", "name: a\nports:\n", "too few items", "ports", 2, "empty", ""},
        Misfit{"TooManyItems", "name: a\nports: [1,2,3,4]\n", "too many items", "ports", 2, "3",
               ""},
        Misfit{"ScalarForList", "name: a\nports: 22\n", "wrong type", "ports", 2, "list expected",
               "[22]"},
        Misfit{"TooLong", "name: aaaaaaaaaaaaaaaa\n", "value too large", "name", 1, "too large",
               ""},
        Misfit{"Checked", "name: a b\n", "value not allowed", "name", 1, "spaces", ""},
        Misfit{"FreeKeyChecked", "name: a\nlabels: {'a b': x}\n", "name not allowed", "labels.a b",
               2, "spaces", ""},
        Misfit{"FreeValue", "name: a\nlabels: {a: [x]}\n", "wrong type", "labels.a", 2,
               "text expected", ""},
        Misfit{"NullText", "name:\n", "value missing", "name", 1, "text expected", "\"\""}),
    [](const auto& param_info) { return std::string(param_info.param.what); });

TEST(CheckShape, ReportsAllProblemsInTheOrderOfTheFile) {
  const Diagnostics problems =
      Check("mode: slow\nresources:\n  cpu: x\n  zzz: 1\nports: [0, 22]\n");
  ASSERT_EQ(problems.size(), 5U);
  for (std::size_t i = 1; i < problems.size(); ++i) {
    EXPECT_LE(problems[i - 1].location.line, problems[i].location.line);
  }
}

TEST(CheckShape, NotesKeysWithoutEffectAndDeprecatedOnes) {
  const Diagnostics notes = Check("name: a\ntags: [x]\nold: y\n");
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_FALSE(HasErrors(notes));
  EXPECT_EQ(notes[0].severity, Severity::kNote);
  EXPECT_EQ(notes[0].detail, "kept for people");
  EXPECT_EQ(notes[1].subject, "old");
  EXPECT_THAT(notes[1].detail, HasSubstr("new"));
}

TEST(CheckShape, NeverQuotesWhatMayBeASecret) {
  const auto root = ParseYaml("a: hunter2\nb: hunter2\nc: {d: hunter2}\n", "f");
  const Shape shape =
      MapShape({Key("a", ListShape(TextShape()).Sensitive()), Key("b", MapShape({}).Sensitive()),
                Key("c", FreeMapShape(ListShape(TextShape()).Sensitive()))});
  const Diagnostics problems = CheckShape(*root, shape, "f");
  ASSERT_EQ(problems.size(), 3U);
  for (const Diagnostic& problem : problems) {
    EXPECT_EQ(problem.ToString().find("hunter2"), std::string::npos) << problem.ToString();
  }
}

TEST(CheckShape, LimitsTheKeysOfAMap) {
  const auto root = ParseYaml("{a: 1, b: 2, c: 3}", "f");
  const Diagnostics problems =
      CheckShape(*root, FreeMapShape(ListShape(TextShape())).Items(0, 2), "f");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].summary, "too many items");
}

TEST(CheckShape, EndsAfterAHundredProblems) {
  std::string text = "name: a\n";
  for (int i = 0; i < 5000; ++i) text += "unknown" + std::to_string(i) + ": x\n";
  const Diagnostics problems = Check(text);
  ASSERT_EQ(problems.size(), 101U);
  EXPECT_EQ(problems.back().summary, "more problems");
}

TEST(CheckShape, PrefixesThePath) {
  const auto root = ParseYaml("cpu: 65\n", "f");
  const Shape shape = MapShape({Key("cpu", IntegerShape(1, 64))});
  const Diagnostics problems = CheckShape(*root, shape, "f", {"resources", ""});
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].subject, "resources.cpu");
}

}  // namespace
}  // namespace gitops
