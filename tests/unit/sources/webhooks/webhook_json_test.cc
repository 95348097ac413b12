#include "sources/webhook_json.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

std::string Nested(std::size_t levels) {
  return std::string(levels, '[') + "1" + std::string(levels, ']');
}

TEST(JsonDocumentTest, FieldsComeWithTheirTypes) {
  const auto document = JsonDocument::Parse(
      R"({"text":"a\u00e9\n","number":-7,"flag":true,"nothing":null,"object":{"in":"side"},)"
      R"("list":["x",1],"real":1.5})");
  ASSERT_TRUE(document);
  const JsonView root = document->root();
  EXPECT_TRUE(root.IsObject());
  EXPECT_EQ(root.Text("text"), "a\xc3\xa9\n");
  EXPECT_EQ(root.Number("number"), -7);
  EXPECT_EQ(root.Flag("flag"), true);
  EXPECT_EQ(root.Object("object")->Text("in"), "side");
  ASSERT_EQ(root.List("list")->size(), 2U);
  EXPECT_EQ(root.List("list")->at(0).AsText(), "x");
  EXPECT_FALSE(root.Find("nothing"));
  EXPECT_FALSE(root.Find("missing"));
}

TEST(JsonDocumentTest, AnotherTypeIsNothing) {
  const auto document = JsonDocument::Parse(R"({"text":"a","list":[],"number":1,"real":1.5})");
  ASSERT_TRUE(document);
  const JsonView root = document->root();
  EXPECT_FALSE(root.Text("list"));
  EXPECT_FALSE(root.Text("number"));
  EXPECT_FALSE(root.Number("text"));
  EXPECT_FALSE(root.Number("real"));
  EXPECT_FALSE(root.Flag("number"));
  EXPECT_FALSE(root.Object("list"));
  EXPECT_FALSE(root.List("text"));
  EXPECT_FALSE(root.List("missing"));
  EXPECT_FALSE(root.Find("list")->Find("text")) << "a list has no fields";
}

TEST(JsonDocumentTest, DepthIsLimited) {
  EXPECT_TRUE(JsonDocument::Parse(Nested(kJsonDepth)));
  const auto deeper = JsonDocument::Parse(Nested(kJsonDepth + 1));
  ASSERT_FALSE(deeper);
  EXPECT_EQ(deeper.error().primary().summary, "the body is nested too deeply");
  EXPECT_FALSE(JsonDocument::Parse(Nested(100'000)));
}

TEST(JsonDocumentTest, OnlyWholeJsonPasses) {
  for (const std::string text :
       {"", " ", "{", "{}x", "{} {}", "nul", "{\"a\":}", "{\"a\" 1}", "[1,]", "{'a':1}", "\"\xff\"",
        "{\"a\":\"\xc3\"}", "{\"a\":\"\\ud800\"}", "\xef\xbb\xbf{}", "{\"a\":1e999}", "01",
        "{\"a\":\"\n\"}"}) {
    const auto document = JsonDocument::Parse(text);
    ASSERT_FALSE(document) << text;
    EXPECT_EQ(document.error().kind, ErrorKind::kInvalid);
  }
  EXPECT_TRUE(JsonDocument::Parse(std::string("{\"a\":\"\\u0000\"}")));
}

TEST(JsonDocumentTest, TheTextMayGo) {
  std::string text = R"({"key":")" + std::string(5000, 'v') + R"("})";
  const auto document = JsonDocument::Parse(text);
  text.assign(text.size(), 'x');
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().Text("key"), std::string(5000, 'v'));
}

}  // namespace
}  // namespace gitops
