#include "engine/yaml/write.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/yaml/parse.h"
#include "tests/support/same_tree.h"

namespace gitops {
namespace {

TEST(WriteYaml, WritesBlockStyle) {
  YamlNode root = YamlMap();
  AddMember(root, "name", YamlText("shop"));
  AddMember(root, "version", YamlText("1.10"));
  AddMember(root, "count", YamlPlain("3"));
  AddMember(root, "on", YamlPlain("true"));
  AddMember(root, "nothing", YamlNull());
  AddMember(root, "ports", YamlList({YamlText("22:ssh"), YamlText("no")}));
  AddMember(root, "none", YamlList({}));
  AddMember(root, "empty", YamlMap());
  AddMember(root, "text", YamlText("one\ntwo\n"));
  EXPECT_EQ(WriteYaml(root),
            "name: shop\n"
            "version: \"1.10\"\n"
            "count: 3\n"
            "\"on\": true\n"
            "nothing: ~\n"
            "ports:\n"
            "  - \"22:ssh\"\n"
            "  - \"no\"\n"
            "none: []\n"
            "empty: {}\n"
            "text: |\n"
            "  one\n"
            "  two\n");
}

TEST(WriteYaml, EveryTextIsReadBackAsThatText) {
  const std::vector<std::string> texts = {
      "",        "no",           "true",    "null",       "~",
      "1.10",    "0x10",         "a: b",    "# x",        "- x",
      "x #y",    " lead",        "trail ",  "two\nlines", "a\n\nb\n",
      "\n",      "tab\tx",       "'q'",     "\"q\"",      "{a}",
      "[b]",     "*a",           "&a",      "!t",         "%d",
      "@a",      "`b`",          "a\\b",    "é",          "=",
      "<<",      "? x",          "|",       ">",          "--- x",
      "...",     "2001-01-01",   "1:30",    "y",          "Yes",
      "+1",      ".inf",         "x: ",     "日本語",     "a,b",
      "  two\n", "line \nend\n", "key: |\n"};
  for (const std::string& text : texts) {
    YamlNode root = YamlMap();
    AddMember(root, "value", YamlText(text));
    if (!text.empty()) AddMember(root, text, YamlList({YamlText(text)}));
    const std::string yaml = WriteYaml(root);
    const auto read = ParseYaml(yaml, "f");
    if (text == "<<") {
      EXPECT_TRUE(read.has_value()) << "quoted, it is an ordinary key";
    }
    ASSERT_TRUE(read.has_value()) << yaml << read.error().ToString();
    EXPECT_TRUE(SameTree(root, *read)) << yaml;
  }
}

TEST(WriteYaml, NestedTreesAreReadBack) {
  const auto tree = ParseYaml(
      "a:\n  - b: [1, 2, {c: d}]\n    e:\n      f: |\n        x\n        y\n  - []\n  - {}\ng: ~\n",
      "f");
  ASSERT_TRUE(tree.has_value());
  const std::string yaml = WriteYaml(*tree);
  const auto again = ParseYaml(yaml, "f");
  ASSERT_TRUE(again.has_value()) << yaml;
  EXPECT_TRUE(SameTree(*tree, *again)) << yaml;
}

// A plain text may begin with a separator of documents when it does not stand at the beginning of a
// line; the writer would put it there.
TEST(WriteYaml, APlainTextThatLooksLikeADocumentMarkerIsQuoted) {
  for (const char* text : {" ---\n\"L\r\n", " ...\nx\n", " --- a\n"}) {
    const auto tree = ParseYaml(text, "f");
    ASSERT_TRUE(tree.has_value()) << tree.error().ToString();
    const std::string yaml = WriteYaml(*tree);
    const auto again = ParseYaml(yaml, "f");
    ASSERT_TRUE(again.has_value()) << yaml << again.error().ToString();
    EXPECT_TRUE(SameTree(*tree, *again)) << yaml;
  }
}

}  // namespace
}  // namespace gitops
