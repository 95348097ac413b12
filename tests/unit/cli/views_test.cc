#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/cli/views/text_table.h"
#include "engine/cli/views/texts.h"
#include "engine/cli/yaml_document.h"
#include "engine/model/documents.h"
#include "engine/model/json_writer.h"
#include "engine/yaml/parse.h"

namespace gitops {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(TextTable, AlignsColumns) {
  TextTable table({"A", "BB"});
  table.AddRow({{"x"}, {"y"}});
  table.AddRow({{"grün"}, {""}});
  EXPECT_EQ(table.Render({}), "A     BB\nx     y\ngrün  -\n");
}

TEST(TextTable, CutsTheLastColumnToTheWidth) {
  TextTable table({"A", "TEXT"});
  table.AddRow({{"x"}, {std::string(50, 'y')}});
  RenderOptions options;
  options.width = 23;
  EXPECT_EQ(table.Render(options), "A  TEXT\nx  " + std::string(19, 'y') + "…\n");
  options.unicode = false;
  EXPECT_EQ(table.Render(options), "A  TEXT\nx  " + std::string(17, 'y') + "...\n");
}

TEST(TextTable, PutsTheLastColumnBelowWhereItDoesNotFit) {
  TextTable table({"NAME", "STATE", "REASON"});
  table.AddRow({{"a-long-name"}, {"good"}, {"because it is so"}});
  table.AddRow({{"b"}, {"bad"}, {""}});
  RenderOptions options;
  options.width = 20;
  EXPECT_EQ(table.Render(options),
            "NAME         STATE\na-long-name  good\n  because it is so\nb            bad\n");
}

TEST(TextTable, BecomesBlocksWhereColumnsDoNotFit) {
  TextTable table({"NAME", "A LONG HEADER", "C"});
  table.AddRow({{"x"}, {"y"}, {"1"}});
  table.AddRow({{"z"}, {"w"}, {"2"}});
  RenderOptions options;
  options.width = 10;
  EXPECT_EQ(
      table.Render(options),
      "NAME           x\nA LONG HEADER  y\nC              1\n\nNAME           z\nA LONG HEADER  "
      "w\nC              2\n");
}

TEST(TextTable, EscapesCells) {
  TextTable table({"A"});
  table.AddRow({{"\x1b[31m\n"}});
  EXPECT_EQ(table.Render({}), "A\n\\x1b[31m\\n\n");
}

TEST(TextTable, ColoursOnlyWhenAsked) {
  TextTable table({"A"});
  table.AddRow({{"x", Ink::kRed}});
  EXPECT_THAT(table.Render({}), Not(HasSubstr("\x1b")));
  RenderOptions options;
  options.color = true;
  EXPECT_THAT(table.Render(options), HasSubstr("\x1b[31mx\x1b[0m"));
}

TEST(Ago, IsShortAndNeverNegative) {
  const WallTime now{std::chrono::hours(1000)};
  EXPECT_EQ(Ago(now, now), "just now");
  EXPECT_EQ(Ago(now - std::chrono::seconds(3), now), "3s ago");
  EXPECT_EQ(Ago(now + std::chrono::hours(1), now), "1970-02-11T17:00:00.000Z");
}

TEST(YamlDocument, IsTheSameTree) {
  YamlDocument document;
  document.BeginObject();
  document.Member("text", "no");
  document.Member("number", std::int64_t{3});
  document.Key("list");
  document.BeginList();
  document.Null();
  document.BeginObject();
  document.Member("flag", true);
  document.EndObject();
  document.EndList();
  document.EndObject();
  const auto tree = ParseYaml(document.Render(), "document");
  ASSERT_TRUE(tree) << tree.error().ToString();
  EXPECT_EQ(tree->Find("text")->scalar, "no");
  EXPECT_EQ(tree->Find("text")->style, YamlStyle::kQuoted);
  EXPECT_EQ(tree->Find("number")->scalar, "3");
  ASSERT_EQ(tree->Find("list")->items.size(), 2U);
  EXPECT_TRUE(tree->Find("list")->items[0].IsNull());
  EXPECT_EQ(tree->Find("list")->items[1].Find("flag")->scalar, "true");
}

TEST(Documents, TenThousandAppsAreOneDocument) {
  StatusReport report;
  report.apps.resize(10'000);
  for (std::size_t i = 0; i < report.apps.size(); ++i) {
    report.apps[i].record.id = {"default", "app-" + std::to_string(i)};
    report.apps[i].snapshots.resize(2);
  }
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  WriteStatusReport(json, report);
  json.EndObject();
  EXPECT_THAT(text, HasSubstr("\"id\": \"default/app-9999\""));
}

}  // namespace
}  // namespace gitops
