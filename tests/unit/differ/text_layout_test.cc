#include "differ/text_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gitops {
namespace {

using ::testing::ElementsAre;

TEST(DisplayWidthTest, CountsCodePoints) {
  EXPECT_EQ(DisplayWidth(""), 0U);
  EXPECT_EQ(DisplayWidth("abc"), 3U);
  EXPECT_EQ(DisplayWidth("Zürich →"), 8U);
}

TEST(PadRightTest, PadsByColumnsAndNeverCuts) {
  EXPECT_EQ(PadRight("ü", 3), "ü  ");
  EXPECT_EQ(PadRight("abcd", 3), "abcd");
}

TEST(WrapTextTest, BreaksAtSpaces) {
  EXPECT_THAT(WrapText("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(WrapText("one two three", 8), ElementsAre("one two", "three"));
  EXPECT_THAT(WrapText("one two three", 13), ElementsAre("one two three"));
}

TEST(WrapTextTest, KeepsLongWordsWhole) {
  EXPECT_THAT(WrapText("a https://example.org/long b", 6),
              ElementsAre("a", "https://example.org/long", "b"));
}

TEST(WrapTextTest, KeepsNewlinesAndEmptyLines) {
  EXPECT_THAT(WrapText("one\n\ntwo", 0), ElementsAre("one", "", "two"));
  EXPECT_THAT(WrapText("", 10), ElementsAre(""));
}

TEST(WrapTextTest, WithoutAWidthNothingBreaks) {
  EXPECT_THAT(WrapText("one two three", 0), ElementsAre("one two three"));
}

TEST(WrapTextTest, KeepsTheIndentOfALine) {
  EXPECT_THAT(WrapText("  indented", 80), ElementsAre("  indented"));
}

TEST(WrapTextTest, ASpaceAtTheEndGoesWhetherTheLineIsBrokenOrNot) {
  EXPECT_THAT(WrapText("one ", 0), ElementsAre("one"));
  EXPECT_THAT(WrapText("one  two ", 80), ElementsAre("one  two"));
  EXPECT_THAT(WrapText("one two ", 3), ElementsAre("one", "two"));
}

TEST(ShowValueTest, QuotesWhatCouldNotBeSeen) {
  EXPECT_EQ(ShowValue(""), "\"\"");
  EXPECT_EQ(ShowValue(" a"), "\" a\"");
  EXPECT_EQ(ShowValue("a b"), "a b");
  EXPECT_EQ(ShowValue("\x1b[2J"), "\\x1b[2J");
}

TEST(CutEndTest, CutsByColumns) {
  EXPECT_EQ(CutEnd("abcdefghijklmnop", 0, "…"), "abcdefghijklmnop");
  EXPECT_EQ(CutEnd("abcdefghijklmnop", 16, "…"), "abcdefghijklmnop");
  EXPECT_EQ(CutEnd("abcdefghijklmnop", 15, "…"), "abcdefghijklmn…");
  EXPECT_EQ(CutEnd("üüüüüüüüüüüüüüüü", 13, "..."), "üüüüüüüüüü...");
}

TEST(CutEndTest, NeverCutsToNothing) { EXPECT_EQ(CutEnd("abcdefghijklmnop", 1, "…").size(), 14U); }

TEST(CutPairTest, LeavesWhatFits) {
  EXPECT_EQ(CutPair("old", "new", 6, "…"), std::make_pair(std::string("old"), std::string("new")));
  EXPECT_EQ(CutPair(std::string(500, 'a'), "b", 0, "…").first.size(), 500U);
}

TEST(CutPairTest, GivesTheLongerSideWhatTheShorterLeaves) {
  const auto [from, to] = CutPair("x", std::string(100, 'y'), 40, "…");
  EXPECT_EQ(from, "x");
  EXPECT_EQ(DisplayWidth(to), 39U);
}

TEST(CutPairTest, KeepsThePlaceOfTheDifferenceVisible) {
  const std::string same(100, 's');
  const auto [from, to] = CutPair(same + "1" + same, same + "2" + same, 60, "…");
  EXPECT_LE(DisplayWidth(from) + DisplayWidth(to), 60U);
  EXPECT_NE(from.find('1'), std::string::npos);
  EXPECT_NE(to.find('2'), std::string::npos);
}

TEST(CutPairTest, CutsTheBeginningOnlyWhenTheEndWouldHideTheDifference) {
  const std::string rest(100, 'r');
  // Half of 60 columns for each: the first 14 the same, and the difference is in the first half.
  EXPECT_EQ(CutPair(std::string(14, 's') + "1" + rest, std::string(14, 's') + "2" + rest, 60, "…")
                .first.substr(0, 15),
            std::string(14, 's') + "1");
  const auto [from, to] =
      CutPair(std::string(15, 's') + "1" + rest, std::string(15, 's') + "2" + rest, 60, "…");
  EXPECT_EQ(from.substr(0, 12), "…" + std::string(8, 's') + "1");
  EXPECT_EQ(to.substr(0, 12), "…" + std::string(8, 's') + "2");
}

TEST(CutPairTest, ShowsABeginningThatIsAllThatIsTheSame) {
  const std::string rest(100, 'r');
  // So little room that 8 columns are more than half of it; no beginning is left to cut away.
  const auto [from, to] =
      CutPair(std::string(8, 's') + "1" + rest, std::string(8, 's') + "2" + rest, 24, "…");
  EXPECT_EQ(from.substr(0, 9), std::string(8, 's') + "1");
  EXPECT_EQ(to.substr(0, 9), std::string(8, 's') + "2");
}

TEST(CutPairTest, KeepsADifferenceAtTheVeryEndVisible) {
  const std::string same(100, 's');
  const auto [from, to] = CutPair(same, same + "2", 60, "…");
  EXPECT_NE(from, to);
  EXPECT_NE(to.find('2'), std::string::npos);
}

}  // namespace
}  // namespace gitops
