#include "engine/model/app_id.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

TEST(IsValidNameTest, AcceptsTheGrammarOfTheDesign) {
  for (const char* name : {"a", "0", "web", "web-1", "a--b", "1a"}) {
    EXPECT_TRUE(IsValidName(name)) << name;
  }
  EXPECT_TRUE(IsValidName(std::string(63, 'a')));
}

TEST(IsValidNameTest, RefusesEverythingElse) {
  for (const char* name : {"", "-", "-a", "a-", "A", "a_b", "a.b", "a/b", "a b", "ä", "a\n"}) {
    EXPECT_FALSE(IsValidName(name)) << name;
  }
  EXPECT_FALSE(IsValidName(std::string(64, 'a')));
  EXPECT_FALSE(IsValidName(std::string_view("a\0b", 3)));
}

TEST(ParseAppIdTest, ReadsWhatToStringWrites) {
  const AppId id{"production", "web-1"};
  const auto parsed = ParseAppId(id.ToString());
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(*parsed, id);
}

TEST(ParseAppIdTest, RefusesWhatIsNoApp) {
  for (const char* text : {"", "web", "/", "a/", "/b", "a/b/c", "A/b", "a/B", "a b/c"}) {
    const auto parsed = ParseAppId(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalid);
  }
}

TEST(AppIdTest, SortsByEnvironmentThenName) {
  EXPECT_LT((AppId{"a", "z"}), (AppId{"b", "a"}));
  EXPECT_LT((AppId{"a", "a"}), (AppId{"a", "b"}));
}

}  // namespace
}  // namespace gitops
