#include "engine/yaml/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace gitops {
namespace {

using ::testing::HasSubstr;

YamlNode Parse(std::string_view text) {
  Result<YamlNode> result = ParseYaml(text, "f.yaml");
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().ToString());
  return result ? *std::move(result) : YamlNode{};
}

/// The problems of a text that must be refused.
Diagnostics Problems(std::string_view text, const YamlLimits& limits = {}) {
  Result<YamlNode> result = ParseYaml(text, "f.yaml", limits);
  EXPECT_FALSE(result.has_value()) << text;
  return result ? Diagnostics{Diagnostic{}} : result.error().diagnostics;
}

TEST(ParseYaml, KeepsStructureTextAndStyle) {
  const YamlNode root = Parse(
      "name: shop\n"
      "version: 1.10\n"
      "list: [a, 'b', \"c\"]\n"
      "block: |\n"
      "  one\n"
      "  two\n"
      "nothing:\n"
      "tilde: ~\n");
  ASSERT_TRUE(root.IsMap());
  EXPECT_EQ(root.Find("version")->scalar, "1.10");
  EXPECT_EQ(root.Find("version")->style, YamlStyle::kPlain);
  ASSERT_EQ(root.Find("list")->items.size(), 3U);
  EXPECT_EQ(root.Find("list")->items[1].style, YamlStyle::kQuoted);
  EXPECT_EQ(root.Find("list")->items[2].style, YamlStyle::kQuoted);
  EXPECT_EQ(root.Find("block")->scalar, "one\ntwo\n");
  EXPECT_EQ(root.Find("block")->style, YamlStyle::kBlock);
  EXPECT_TRUE(root.Find("nothing")->IsNull());
  EXPECT_TRUE(root.Find("tilde")->IsNull());
  EXPECT_EQ(root.Find("absent"), nullptr);
}

TEST(ParseYaml, EveryNodeKnowsItsPlace) {
  const YamlNode root = Parse("a:\n  b: x\n  c:\n    - y\nd:\n");
  EXPECT_EQ(root.line, 1);
  EXPECT_EQ(root.Find("a")->Find("b")->line, 2);
  EXPECT_EQ(root.Find("a")->Find("b")->column, 6);
  EXPECT_EQ(root.Find("a")->Find("c")->items[0].line, 4);
  EXPECT_EQ(root.members[1].line, 5);
  EXPECT_EQ(root.Find("d")->line, 5) << "an empty value stands on the line of its key";
}

TEST(ParseYaml, ColumnsCountCharactersNotBytes) {
  EXPECT_EQ(Parse("{é: x}").members[0].value.column, 5);
}

TEST(ParseYaml, AcceptsByteOrderMarkAndCarriageReturns) {
  const YamlNode root = Parse("\xEF\xBB\xBFname: shop\r\nversion: 1\r\n");
  EXPECT_EQ(root.Find("name")->scalar, "shop");
  EXPECT_EQ(root.members[0].column, 1);
  EXPECT_EQ(root.Find("version")->scalar, "1");
  EXPECT_EQ(root.Find("version")->line, 2);
}

TEST(ParseYaml, AcceptsOneExplicitDocument) {
  EXPECT_EQ(Parse("---\na: b\n...\n").Find("a")->scalar, "b");
}

TEST(ParseYaml, DuplicateKeysNameBothLines) {
  const Diagnostics problems = Problems("a: 1\nb: 2\na: 3\nc:\n  d: 1\n  d: 2\n");
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].summary, "duplicate key");
  EXPECT_EQ(problems[0].location, (Location{"f.yaml", 3, 1}));
  EXPECT_THAT(problems[0].detail, HasSubstr("line 1"));
  EXPECT_THAT(problems[0].detail, HasSubstr("line 3"));
  EXPECT_EQ(problems[1].location.line, 6);
  EXPECT_EQ(problems[1].subject, "c.d") << "the key path";
}

TEST(ParseYaml, ProblemsNameTheKeyPath) {
  EXPECT_EQ(Problems("a:\n  b:\n    - x\n    - c: \"\\0\"\n")[0].subject, "a.b[1].c");
  EXPECT_EQ(Problems("a:\n  b: {c: 1, c: 2}\n")[0].subject, "a.b.c");
  EXPECT_EQ(Problems("a: 1\nb: [\n")[0].subject, "b");
}

TEST(ParseYaml, DuplicateKeysAreFoundInLargeMapsToo) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "key" + std::to_string(i) + ": x\n";
  text += "key7: y\n";
  const Diagnostics problems = Problems(text);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].location.line, 101);
  EXPECT_THAT(problems[0].detail, HasSubstr("line 8 "));
}

struct BadText {
  const char* what;
  std::string text;
  const char* summary;
  int line;
  const char* detail;
};

class RefusedText : public ::testing::TestWithParam<BadText> {};

TEST_P(RefusedText, WithPlaceAndReason) {
  const Diagnostics problems = Problems(GetParam().text);
  EXPECT_EQ(problems[0].summary, GetParam().summary) << problems[0].ToString();
  EXPECT_EQ(problems[0].location.line, GetParam().line) << problems[0].ToString();
  EXPECT_THAT(problems[0].detail, HasSubstr(GetParam().detail));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedText,
    ::testing::Values(
        BadText{"Empty", "", "empty document", 1, "nothing"},
        BadText{"OnlyComment", "# x\n\n", "empty document", 1, "comments"},
        BadText{"OnlyNull", "~\n", "empty document", 1, "no value"},
        BadText{"ExplicitEmpty", "---\n...\n", "empty document", 1, "no value"},
        BadText{"Alias", "a: &x 1\nb: *x\n", "anchors are not supported", 1, "&x"},
        BadText{"UndefinedAlias", "a: 1\nb: *nope\n", "aliases are not supported", 2, "nope"},
        BadText{"AliasAsKey", "a: 1\n*x : 1\n", "aliases are not supported", 2, "*x"},
        BadText{"MergeKey", "a:\n  <<: {b: c}\n", "merge keys are not supported", 2, "<<"},
        BadText{"Tag", "a: !!int 1\n", "tags are not supported", 1, "int"},
        BadText{"LocalTag", "a:\n  - !foo {}\n", "tags are not supported", 2, "!foo"},
        BadText{"VersionDirective", "%YAML 1.1\n---\na: 1\n", "directives are not supported", 1,
                "%"},
        BadText{"TagDirective", "%TAG ! tag:x,2000:\n---\na: 1\n", "directives are not supported",
                1, "%"},
        BadText{"SecondDocument", "a: 1\n---\nb: 2\n", "more than one document", 2, "second"},
        BadText{"Bell", "a: x\ay\n", "control character", 1, "U+0007"},
        BadText{"Nul", std::string("a: 1\nb: x\0y\n", 12), "control character", 2, "NUL"},
        BadText{"Delete", "a: \x7F\n", "control character", 1, "U+007F"},
        BadText{"C1", "a: \xC2\x9B[31m\n", "control character", 1, "U+009B"},
        BadText{"EscapedNul", "a: \"\\0\"\n", "control character", 1, "NUL"},
        BadText{"EscapedEscape", "a: 1\nb: \"\\e[31m\"\n", "control character", 2, "U+001B"},
        BadText{"EscapedHex", "a: \"\\x07\"\n", "control character", 1, "U+0007"},
        BadText{"EscapedBidi", "a: \"\\u202E\"\n", "control character", 1, "U+202E"},
        BadText{"Noncharacter", "a: \xEF\xB7\x90\n", "control character", 1,
                "U+FDD0 (noncharacter)"},
        BadText{"LastNoncharacter", "a: \xF4\x8F\xBF\xBF\n", "control character", 1, "U+10FFFF"},
        BadText{"EscapedNoncharacter", "a: \"\\uFDEF\"\n", "control character", 1, "U+FDEF"},
        BadText{"EscapedReturn", "a: \"x\\ry\"\n", "control character", 1, "U+000D"},
        BadText{"EscapeInKey", "\"a\\0\": x\n", "control character", 1, "NUL"},
        BadText{"Bidi", "a: 1\nb: \xE2\x80\xAExy\n", "control character", 2, "bidirectional"},
        BadText{"Isolate", "a: \xE2\x81\xA6xy\n", "control character", 1, "U+2066"},
        BadText{"LineSeparator", "a: x\xE2\x80\xA8y\n", "control character", 1, "U+2028"},
        BadText{"InnerByteOrderMark", "a: x\xEF\xBB\xBFy\n", "control character", 1, "byte order"},
        BadText{"Latin1", "a: 1\nb: sm\xE4ll\n", "not UTF-8 text", 2, "byte offset 10"},
        BadText{"Overlong", "a: \xC0\xAF\n", "not UTF-8 text", 1, "0xC0"},
        BadText{"Surrogate", "a: \xED\xA0\x80\n", "not UTF-8 text", 1, "0xED"},
        BadText{"TooHigh", "a: \xF5\x80\x80\x80\n", "not UTF-8 text", 1, "0xF5"},
        BadText{"CutOff", "a: \xE2\x82", "not UTF-8 text", 1, "0xE2"},
        BadText{"Utf16",
                std::string("\xFF\xFE"
                            "a\0:\0",
                            6),
                "not UTF-8 text", 1, "UTF-16"},
        BadText{"Utf16Big", std::string("\0a\0:\0 \0b", 8), "not UTF-8 text", 1, "UTF-16"},
        BadText{"Tab", "a:\n  b: 1\n\tc: 2\n", "YAML syntax error", 3, "tab"},
        BadText{"UnclosedQuote", "a: 1\nb: \"never\nc: 2\n", "YAML syntax error", 2, "quote"},
        BadText{"UnclosedSingle", "a: 1\nb: 'never\n", "YAML syntax error", 2, "quote"},
        BadText{"MissingColon", "a: 1\nb\nc: 2\n", "YAML syntax error", 2, ":"},
        BadText{"NestedColon", "a: 1\nb: x: y\n", "YAML syntax error", 2, ":"},
        BadText{"UnclosedList", "a:\n  - [1, 2\nb: 1\n", "YAML syntax error", 2, "]"},
        BadText{"UnclosedAtEnd", "a: 1\nb: [\n\n", "YAML syntax error", 2, "]"},
        BadText{"UnclosedMapAtEnd", "a: 1\nb: {c: 1", "YAML syntax error", 2, "}"},
        BadText{"QuoteClosedByAnother", "a: \"x\nb: 1\nc: \"y\"\nd: 2\n", "YAML syntax error", 1,
                "ends on line 3"},
        BadText{"UnclosedMap", "a: {b: 1\nc: 2\n", "YAML syntax error", 1, "}"},
        BadText{"TwoCommas", "{a: 1,, b: 2}\n", "YAML syntax error", 1, ""},
        BadText{"WrongIndent", "a:\n    b: 1\n  c: 2\n", "YAML syntax error", 3, "indentation"},
        BadText{"ListInMap", "a: 1\n- b\n", "YAML syntax error", 2, "key"},
        BadText{"MapAsKey", "a: 1\n? {x: 1}\n: y\n", "key is not a text", 2, "map"},
        BadText{"ListAsKey", "? [x]\n: y\n", "key is not a text", 1, "list"},
        BadText{"EmptyKey", "a: 1\n\"\": x\n", "key is not a text", 2, "empty"}),
    [](const auto& param_info) { return std::string(param_info.param.what); });

TEST(ParseYaml, AliasThatContainsItselfIsCalledACycle) {
  const Diagnostics problems = Problems("a: &p [1, *p]\n");
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_THAT(problems[1].detail, HasSubstr("cycle"));
}

TEST(ParseYaml, ReportsSeveralProblemsInOrder) {
  const Diagnostics problems = Problems("a: 1\na: 2\nb: !t x\nc: \"\\0\"\nd: [\n");
  ASSERT_EQ(problems.size(), 3U) << "the duplicate is only known when the map is complete";
  EXPECT_EQ(problems[0].location.line, 3);
  EXPECT_EQ(problems[1].location.line, 4);
  EXPECT_EQ(problems[2].location.line, 5);
}

TEST(ParseYaml, ManyProblemsAreCutOff) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "k" + std::to_string(i) + ": !t x\n";
  EXPECT_EQ(Problems(text).size(), 20U);
}

TEST(ParseYaml, SizeIsAskedFirst) {
  const Diagnostics problems = Problems("\x01\x02 not even text", YamlLimits{8, 32, 100});
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].summary, "file too large");
  EXPECT_THAT(problems[0].detail, HasSubstr("size limit"));
}

TEST(ParseYaml, DepthIsLimited) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_TRUE(ParseYaml(nested(32), "f").has_value());
  EXPECT_EQ(Problems(nested(33))[0].summary, "nesting too deep");
  EXPECT_EQ(Problems(std::string(100'000, '['))[0].summary, "nesting too deep");
  std::string block;
  for (int i = 0; i < 800; ++i) block += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_EQ(Problems(block)[0].summary, "nesting too deep");
}

TEST(ParseYaml, ManyDirectivesAreRefusedBeforeParsing) {
  std::string text = "a: 1\n...\n";
  for (int i = 0; i < 30'000; ++i) text += "%TAG !" + std::to_string(i) + "! tag:x\n";
  const Diagnostics problems = Problems(text + "---\nb: 1\n");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].summary, "directives are not supported");
  EXPECT_EQ(problems[0].location.line, 3);
}

TEST(ParseYaml, NumberOfValuesIsLimited) {
  EXPECT_EQ(Problems("[1, 2, 3, 4]", YamlLimits{100, 32, 4})[0].summary, "too many values");
  EXPECT_TRUE(ParseYaml("[1, 2, 3, 4]", "f", YamlLimits{100, 32, 5}).has_value());
}

}  // namespace
}  // namespace gitops
