#include "engine/pattern/glob.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

bool Matches(const std::string& glob, const std::string& path) {
  const Result<Glob> parsed = Glob::Parse(glob);
  EXPECT_TRUE(parsed) << glob;
  return parsed && parsed->Matches(path);
}

TEST(GlobTest, StarStaysWithinOneName) {
  EXPECT_TRUE(Matches("src/*.py", "src/main.py"));
  EXPECT_FALSE(Matches("src/*.py", "src/lib/main.py"));
  EXPECT_FALSE(Matches("*", "src/main.py"));
  EXPECT_TRUE(Matches("a*b*c", "aXbbYc"));
  EXPECT_FALSE(Matches("a*b*c", "aXcYb"));
}

TEST(GlobTest, DoubleStarStandsForAnyNumberOfDirectories) {
  EXPECT_TRUE(Matches("src/**/*.py", "src/main.py"));
  EXPECT_TRUE(Matches("src/**/*.py", "src/a/b/main.py"));
  EXPECT_TRUE(Matches("**/main.py", "main.py"));
  EXPECT_TRUE(Matches("src/**", "src"));
  EXPECT_FALSE(Matches("src/**/*.py", "lib/main.py"));
}

TEST(GlobTest, QuestionMarkAndSetsMatchOneCharacter) {
  EXPECT_TRUE(Matches("a?c", "abc"));
  EXPECT_FALSE(Matches("a?c", "ac"));
  EXPECT_TRUE(Matches("v[0-9]", "v7"));
  EXPECT_FALSE(Matches("v[!0-9]", "v7"));
  EXPECT_TRUE(Matches("v[!0-9]", "vx"));
  EXPECT_TRUE(Matches("[]]", "]"));
  EXPECT_TRUE(Matches("[[]", "["));
}

TEST(GlobTest, TellsWhereAMatchMayLieBelow) {
  const Glob glob = *Glob::Parse("src/*/x");
  EXPECT_TRUE(glob.MayMatchBelow("src"));
  EXPECT_TRUE(glob.MayMatchBelow("src/a"));
  EXPECT_FALSE(glob.MayMatchBelow("lib"));
  EXPECT_FALSE(glob.MayMatchBelow("src/a/x"));
  EXPECT_TRUE(Glob::Parse("**/x")->MayMatchBelow("any/depth"));
}

TEST(GlobTest, NormalisesHowPeopleWriteDirectories) { EXPECT_TRUE(Matches("./src/", "src")); }

TEST(GlobTest, RefusesWhatIsNoPathOfTheApp) {
  for (const char* text : {"", "/etc/passwd", "../x", "a//b", "a/../b", "[a-z"}) {
    EXPECT_FALSE(Glob::Parse(text)) << text;
  }
  EXPECT_FALSE(Glob::Parse(std::string(2000, 'a')));
}

TEST(GlobTest, HostileGlobsEndQuickly) {
  std::string glob;
  for (int i = 0; i < 100; ++i) glob += "*a";
  EXPECT_FALSE(Matches(glob + "b", std::string(1000, 'a')));
  std::string deep, path;
  for (int i = 0; i < 100; ++i) deep += "**/";
  for (int i = 0; i < 500; ++i) path += "a/";
  EXPECT_FALSE(Matches(deep + "b", path + "a"));
}

}  // namespace
}  // namespace gitops
