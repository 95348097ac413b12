#include "engine/server/push_times.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

WallTime At(int seconds) { return WallTime(std::chrono::seconds(seconds)); }
ObjectId Commit(int number) {
  std::string digits = std::to_string(number);
  return *ObjectId::FromHex(std::string(40 - digits.size(), '0') + digits);
}

TEST(PushTimes, ACommitIsHeardOfWhenSomebodyAskedForALook) {
  PushTimes times;
  times.Known("apps", Commit(1));
  times.Asked("apps", At(10));
  times.Asked("apps", At(11));
  times.Looked("apps", Commit(2), At(12));
  EXPECT_EQ(times.HeardOf("apps", Commit(2)), At(10));
}

TEST(PushTimes, OrWhenAPollSawIt) {
  PushTimes times;
  times.Looked("apps", Commit(2), At(12));
  EXPECT_EQ(times.HeardOf("apps", Commit(2)), At(12));
}

TEST(PushTimes, ALookWithoutNewsUsesTheQuestionUp) {
  PushTimes times;
  times.Known("apps", Commit(1));
  times.Asked("apps", At(10));
  times.Looked("apps", Commit(1), At(11));
  times.Looked("apps", Commit(2), At(70));
  EXPECT_EQ(times.HeardOf("apps", Commit(2)), At(70));
}

TEST(PushTimes, NothingIsToldOfWhatWasThereBefore) {
  PushTimes times;
  times.Known("apps", Commit(1));
  times.Looked("apps", Commit(1), At(5));
  EXPECT_EQ(times.HeardOf("apps", Commit(1)), std::nullopt);
  EXPECT_EQ(times.HeardOf("other", Commit(1)), std::nullopt);
}

TEST(PushTimes, ACommitThatComesBackIsHeardOfAnew) {
  PushTimes times;
  times.Looked("apps", Commit(1), At(1));
  times.Looked("apps", Commit(2), At(2));
  times.Looked("apps", Commit(1), At(3));
  EXPECT_EQ(times.HeardOf("apps", Commit(1)), At(3));
}

TEST(PushTimes, KeepsTheNewestAndForgetsASource) {
  PushTimes times;
  for (int i = 1; i <= 65; ++i) times.Looked("apps", Commit(i), At(i));
  EXPECT_EQ(times.HeardOf("apps", Commit(1)), std::nullopt);
  EXPECT_EQ(times.HeardOf("apps", Commit(2)), At(2));
  EXPECT_EQ(times.HeardOf("apps", Commit(65)), At(65));
  times.Forget("apps");
  EXPECT_EQ(times.HeardOf("apps", Commit(65)), std::nullopt);
}

}  // namespace
}  // namespace gitops
