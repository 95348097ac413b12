#include "engine/model/json_writer.h"

#include <gtest/gtest.h>

#include <limits>

namespace gitops {
namespace {

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

TEST(JsonWriter, WritesATree) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Member("name", "web");
  json.Member("ok", true);
  json.Key("list");
  json.BeginList();
  json.Integer(1);
  json.BeginObject();
  json.EndObject();
  json.BeginList();
  json.EndList();
  json.EndList();
  json.TextOrNull("none", "");
  json.NumberOrNull("zero", 0);
  json.NumberOrNull("one", 1);
  json.EndObject();
  EXPECT_EQ(
      out,
      "{\n  \"name\": \"web\",\n  \"ok\": true,\n  \"list\": [\n    1,\n    {},\n    []\n  ],\n"
      "  \"none\": null,\n  \"zero\": null,\n  \"one\": 1\n}\n");
}

TEST(JsonWriter, CompactIsOneLine) {
  std::string out;
  JsonWriter json(out, JsonLayout::kCompact);
  json.BeginObject();
  json.Member("a", "b");
  json.Key("list");
  json.BeginList();
  json.Integer(1);
  json.Null();
  json.EndList();
  json.EndObject();
  EXPECT_EQ(out, R"({"a":"b","list":[1,null]})");
}

TEST(JsonWriter, IntegersAtTheirLimits) {
  std::string out;
  JsonWriter json(out);
  json.BeginList();
  json.Integer(std::numeric_limits<std::int64_t>::min());
  json.Integer(std::numeric_limits<std::int64_t>::max());
  json.EndList();
  EXPECT_EQ(out, "[\n  -9223372036854775808,\n  9223372036854775807\n]\n");
}

TEST(JsonString, EscapesWhatJsonWants) {
  EXPECT_EQ(Quoted("a\"b\\c\n\r\t"), "\"a\\\"b\\\\c\\n\\r\\t\"");
  EXPECT_EQ(Quoted(std::string_view("\0\x01\x1b\x7f", 4)), "\"\\u0000\\u0001\\u001b\\u007f\"");
}

TEST(JsonString, KeepsTextAndEscapesWhatHides) {
  EXPECT_EQ(Quoted("Grüße 🌍"), "\"Grüße 🌍\"");
  EXPECT_EQ(Quoted("\xC2\x9B"), "\"\\u009b\"");
  EXPECT_EQ(Quoted("\xE2\x80\xAE"), "\"\\u202e\"");
  EXPECT_EQ(Quoted("\xE2\x81\xA6"), "\"\\u2066\"");
}

TEST(JsonString, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(Quoted("a\xff"
                   "b"),
            "\"a\xEF\xBF\xBD"
            "b\"");
  EXPECT_EQ(Quoted("\xC3"), "\"\xEF\xBF\xBD\"");                                  // Cut off.
  EXPECT_EQ(Quoted("\xC0\xAF"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");                  // Overlong.
  EXPECT_EQ(Quoted("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");  // Surrogate.
}

}  // namespace
}  // namespace gitops
