#include "engine/model/value.h"

#include <gtest/gtest.h>

#include <limits>

namespace gitops {
namespace {

TEST(ValueTest, HasAStableText) {
  EXPECT_EQ(ToText(true), "true");
  EXPECT_EQ(ToText(false), "false");
  EXPECT_EQ(ToText(std::int64_t{4096}), "4096");
  EXPECT_EQ(ToText(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(ToText(std::string("text")), "text");
  EXPECT_EQ(ToText(std::vector<std::int64_t>{8, 13}), "[8, 13]");
  EXPECT_EQ(ToText(std::vector<std::string>{"a", "b"}), "[a, b]");
  EXPECT_EQ(ToText(std::vector<std::string>{}), "[]");
}

TEST(ValueTest, DifferentListsHaveDifferentTexts) {
  using List = std::vector<std::string>;
  EXPECT_NE(ToText(List{"a, b"}), ToText(List{"a", "b"}));
  EXPECT_NE(ToText(List{""}), ToText(List{}));
  EXPECT_NE(ToText(List{"a", ""}), ToText(List{"a, "}));
  EXPECT_NE(ToText(List{"\"a\"", "b"}), ToText(List{"a", "b"}));
  EXPECT_NE(ToText(List{"a\", \"b"}), ToText(List{"a", "b"}));
  EXPECT_NE(ToText(List{"a,\\"}), ToText(List{"a,\\\\"}));
  EXPECT_EQ(ToText(List{"a, b", "c"}), "[\"a, b\", c]");
}

TEST(ValueTest, NamesItsType) {
  EXPECT_EQ(TypeName(true), "boolean");
  EXPECT_EQ(TypeName(std::int64_t{1}), "integer");
  EXPECT_EQ(TypeName(std::string("a")), "string");
  EXPECT_EQ(TypeName(std::vector<std::int64_t>{1}), "list of integers");
  EXPECT_EQ(TypeName(std::vector<std::string>{"a"}), "list of strings");
}

}  // namespace
}  // namespace gitops
