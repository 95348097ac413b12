#include "engine/yaml/scalars.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "engine/yaml/parse.h"

namespace gitops {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

YamlNode Scalar(const std::string& yaml) {
  const auto root = ParseYaml("v: " + yaml + "\n", "f");
  EXPECT_TRUE(root.has_value()) << yaml;
  return root ? *root->Find("v") : YamlNode{};
}

TEST(ReadInteger, TakesPlainDecimalOnly) {
  EXPECT_EQ(*ReadInteger(Scalar("0")), 0);
  EXPECT_EQ(*ReadInteger(Scalar("4096")), 4096);
  EXPECT_EQ(*ReadInteger(Scalar("-7")), -7);
  for (const char* bad : {"010",   "0x10", "1_000", "2e1",    "1.5", "+5",  "one",
                          "\"1\"", "'1'",  "[1]",   "{a: 1}", "",    "~",   ".nan",
                          ".inf",  "true", "1 2",   "--",     "00",  "-01", "9223372036854775808",
                          "0o17",  "1:30"}) {
    const auto reading = ReadInteger(Scalar(bad));
    EXPECT_FALSE(reading) << bad;
    EXPECT_THAT(reading.problem, HasSubstr("integer expected")) << bad;
  }
}

TEST(ReadInteger, SaysWhyALeadingZeroIsRefused) {
  EXPECT_THAT(ReadInteger(Scalar("010")).problem, HasSubstr("leading zero"));
}

TEST(ReadBoolean, TakesTrueAndFalseOnly) {
  EXPECT_TRUE(*ReadBoolean(Scalar("true")));
  EXPECT_FALSE(*ReadBoolean(Scalar("False")));
  for (const char* bad :
       {"yes", "no", "on", "off", "y", "n", "0", "1", "\"true\"", "maybe", "", "[]"}) {
    const auto reading = ReadBoolean(Scalar(bad));
    EXPECT_FALSE(reading) << bad;
    EXPECT_THAT(reading.problem, HasSubstr("true or false expected")) << bad;
  }
  EXPECT_EQ(ReadBoolean(Scalar("y")).hint, "write true");
  EXPECT_EQ(ReadBoolean(Scalar("off")).hint, "write false");
}

TEST(ReadText, KeepsTheTextAsWritten) {
  EXPECT_EQ(*ReadText(Scalar("1.10")), "1.10");
  EXPECT_EQ(*ReadText(Scalar("no")), "no");
  EXPECT_EQ(*ReadText(Scalar("\"\"")), "");
  EXPECT_FALSE(ReadText(Scalar("")));
  EXPECT_FALSE(ReadText(Scalar("[a]")));
}

TEST(ReadDuration, TakesUnitsInOrder) {
  EXPECT_EQ(*ReadDuration(Scalar("60s")), milliseconds(60'000));
  EXPECT_EQ(*ReadDuration(Scalar("1h30m")), milliseconds(5'400'000));
  EXPECT_EQ(*ReadDuration(Scalar("500ms")), milliseconds(500));
  EXPECT_EQ(*ReadDuration(Scalar("1d")), milliseconds(86'400'000));
  EXPECT_EQ(*ReadDuration(Scalar("0s")), milliseconds(0));
  for (const char* bad : {"60", "s", "5x", "-5s", "5s5s", "30m1h", "1.5h", "5 s", "", "[5s]", "5sm",
                          "99999999999999999999s", "9223372036854775807d", "1e9h"}) {
    EXPECT_FALSE(ReadDuration(Scalar(bad))) << bad;
  }
  EXPECT_THAT(ReadDuration(Scalar("60")).hint, HasSubstr("60s"));
  EXPECT_EQ(ReadDuration(Scalar("0")).hint, "");  // "0s" is rarely what somebody meant.
}

TEST(FormatExactDuration, IsReadBack) {
  for (const std::int64_t ms : {0, 1, 500, 1000, 61'000, 5'400'000, 90'000'000, 3'600'001}) {
    const std::string text = FormatExactDuration(milliseconds(ms));
    ASSERT_TRUE(ParseDuration(text)) << text;
    EXPECT_EQ(*ParseDuration(text), milliseconds(ms)) << text;
  }
  EXPECT_EQ(FormatExactDuration(milliseconds(5'400'000)), "1h30m");
}

TEST(ReadSize, CountsInTheUnitAskedFor) {
  const auto megabytes = [](const char* text) {
    const auto reading = ReadSize(Scalar(text), SizeUnit::kMegabytes);
    EXPECT_TRUE(reading) << text << ": " << reading.problem;
    return reading ? reading->amount : -1;
  };
  EXPECT_EQ(megabytes("4096"), 4096);
  for (const char* same :
       {"4G", "4GB", "4Gi", "4GiB", "4g", "4 GB", "\"4G\"", "4096M", "4096MiB", "4194304K"}) {
    EXPECT_EQ(megabytes(same), 4096) << same;
  }
  EXPECT_EQ(megabytes("1T"), 1024 * 1024);
  EXPECT_EQ(megabytes("1K"), 1) << "rounded up";
  EXPECT_EQ(ReadSize(Scalar("51200M"), SizeUnit::kGigabytes)->amount, 50);
  EXPECT_EQ(ReadSize(Scalar("51201M"), SizeUnit::kGigabytes)->amount, 51) << "rounded up";
  EXPECT_TRUE(ReadSize(Scalar("4G"), SizeUnit::kMegabytes)->with_suffix);
  EXPECT_FALSE(ReadSize(Scalar("4"), SizeUnit::kMegabytes)->with_suffix);
}

TEST(ReadSize, RefusesTheRest) {
  for (const char* bad : {"1.5G", "\"4096\"", "010", "010M", "4X", "G", "4GG", "4  G", "2e1", "[4]",
                          "", "0x10", ".nan", "9999999999999999999G", "9000000000T", "4Gib/s"}) {
    EXPECT_FALSE(ReadSize(Scalar(bad), SizeUnit::kMegabytes)) << bad;
  }
  EXPECT_THAT(ReadSize(Scalar("1.5G"), SizeUnit::kMegabytes).hint, HasSubstr("1536M"));
}

TEST(ReadTextList, TakesOneOrMany) {
  EXPECT_THAT(ReadTextList(Scalar("[a, 1, [x]]")), ElementsAre("a", "1"));
  EXPECT_THAT(ReadTextList(Scalar("a")), ElementsAre("a"));
  EXPECT_THAT(ReadTextList(Scalar("")), ElementsAre());
}

TEST(QuoteShort, CutsBetweenCharacters) {
  const std::string text = std::string(39, 'x') + "\xC3\xA9\xC3\xA9";
  EXPECT_EQ(QuoteShort(text), "\"" + std::string(39, 'x') + "…\"");
}

}  // namespace
}  // namespace gitops
