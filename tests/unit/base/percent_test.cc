#include "engine/base/percent.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

TEST(Percent, DecodesEachTripletAndNothingElse) {
  EXPECT_EQ(DecodePercent(""), "");
  EXPECT_EQ(DecodePercent("plain+text"), "plain+text");
  EXPECT_EQ(DecodePercent("%41%7a%2F"), "Az/");
  EXPECT_EQ(DecodePercent("a%20b"), "a b");
  EXPECT_EQ(DecodePercent("%2541"), "%41") << "once, not again";
  EXPECT_EQ(DecodePercent("%00"), std::string(1, '\0'));
  EXPECT_EQ(DecodePercent("%fF"), "\xff");
}

TEST(Percent, RefusesWhatIsNoTriplet) {
  for (const char* text : {"%", "%4", "a%", "%4g", "%g4", "%%41", "% 41", "%+1", "41%2"}) {
    EXPECT_FALSE(DecodePercent(text)) << text;
  }
}

TEST(Percent, ReadsOneByteWhereItIsAsked) {
  EXPECT_EQ(PercentByte("x%41", 1), 'A');
  EXPECT_FALSE(PercentByte("x%41", 0));
  EXPECT_FALSE(PercentByte("x%41", 2));
  EXPECT_FALSE(PercentByte("x%41", 9));
}

}  // namespace
}  // namespace gitops
