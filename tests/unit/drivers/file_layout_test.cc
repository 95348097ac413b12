#include "engine/drivers/file_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/memory_tree.h"

namespace gitops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> Names(const std::map<std::string, PlacedFile>& files) {
  std::vector<std::string> names;
  for (const auto& [name, file] : files) names.push_back(name);
  return names;
}

Result<FileLayout> LayOut(const MemoryTree& tree, const std::string& env_file = "") {
  return LayOutFiles({tree, "tfgrid-compose.yaml", env_file});
}

MemoryFile Link(const std::string& target) { return {target, EntryKind::kSymlink}; }

TEST(FileLayoutTest, DeploymentAndSourceAreTakenApart) {
  const MemoryTree tree{{"tfgrid-compose.yaml", "name: web"},
                        {"docker-compose.yaml", "x"},
                        {"deployment/setup.sh", "s"},
                        {"deployment/lib/a.sh", "a"},
                        {"src/index.html", "i"},
                        {"src/css/site.css", "c"},
                        {"scripts/status.sh", "t"}};
  const auto layout = LayOut(tree);
  ASSERT_TRUE(layout);
  EXPECT_THAT(Names(layout->source),
              ElementsAre("css/site.css", "docker-compose.yaml", "index.html", "scripts/status.sh",
                          "src/css/site.css", "src/index.html"));
  EXPECT_THAT(Names(layout->deployment), ElementsAre("lib/a.sh", "setup.sh"));
}

TEST(FileLayoutTest, TheRealFileWinsOverAFlattenedOne) {
  const MemoryTree tree{{"src/config/app.ini", "flat"},
                        {"src/config/more.ini", "more"},
                        {"config/app.ini", "real"},
                        {"src/README", "flat"},
                        {"README", "real"},
                        {"src/tools/x", "flat"},
                        {"tools", "a file"},
                        {"src/data", "a file"},
                        {"data/x", "real"},
                        {"data-2", "sorts between"}};
  const auto layout = LayOut(tree);
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->source.at("config/app.ini").from, "config/app.ini");
  EXPECT_EQ(layout->source.at("config/more.ini").from, "src/config/more.ini");
  EXPECT_EQ(layout->source.at("README").from, "README");
  EXPECT_EQ(layout->source.at("tools").from, "tools");
  EXPECT_FALSE(layout->source.contains("tools/x"));
  EXPECT_FALSE(layout->source.contains("data"));
}

TEST(FileLayoutTest, LinksInsideStayAndAreReaimedWhereTheyMove) {
  const MemoryTree tree{{"a/file", "x"},
                        {"b/link", Link("../a/file")},
                        {"src/out", Link("../a")},
                        {"src/in", Link("deep/file")},
                        {"src/deep/file", "y"},
                        {"deployment/tool", Link("../src/deep/file")},
                        {"src/deep/up", Link("../../a/file")}};
  const auto layout = LayOut(tree);
  ASSERT_TRUE(layout) << layout.error().ToString();
  EXPECT_EQ(layout->source.at("b/link").link_target, "../a/file");
  EXPECT_EQ(layout->source.at("src/out").link_target, "../a");
  EXPECT_EQ(layout->source.at("out").link_target, "a");
  EXPECT_EQ(layout->source.at("in").link_target, "src/deep/file");
  EXPECT_EQ(layout->source.at("deep/up").link_target, "../a/file");
  EXPECT_EQ(layout->deployment.at("tool").link_target, "../source/src/deep/file");
}

TEST(FileLayoutTest, LinksThatLeadOutsideAreRefused) {
  for (const char* target :
       {"/etc/passwd", "../outside", "../../x", "a/../../x", "sub/../x", "", "..//../x"}) {
    const auto layout = LayOut(MemoryTree{{"link", Link(target)}});
    ASSERT_FALSE(layout) << target;
    EXPECT_EQ(layout.error().kind, ErrorKind::kInvalid);
    EXPECT_EQ(layout.error().primary().summary, "a symbolic link leads outside");
  }
  EXPECT_FALSE(LayOut(MemoryTree{{"deployment/link", Link("../../x")}}));
}

TEST(FileLayoutTest, DangerousNamesAreRefused) {
  for (const char* name : {".git/config", "a/.GIT/hooks/x", "..", "a\nb", "a\\b", "."}) {
    EXPECT_FALSE(LayOut(MemoryTree{{name, "x"}})) << name;
  }
  EXPECT_FALSE(LayOut(MemoryTree{{std::string(256, 'x'), "x"}}));
  EXPECT_TRUE(LayOut(MemoryTree{{std::string(255, 'x'), "x"}, {"a b;$(id)", "x"}}));
}

TEST(FileLayoutTest, TheEnvFileBecomesDotEnv) {
  const auto layout = LayOut(MemoryTree{{"config/prod.env", "A=1"}}, "config/prod.env");
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->source.at(".env").from, "config/prod.env");
  EXPECT_TRUE(layout->source.at(".env").is_private);
  EXPECT_TRUE(LayOut(MemoryTree{{"x", "y"}}, "none.env"));
  EXPECT_FALSE(LayOut(MemoryTree{{"e", Link("x")}}, "e"));
}

TEST(FileLayoutTest, SubmodulesAreLeftOutWithANote) {
  const auto layout = LayOut(MemoryTree{{"vendor", {"c", EntryKind::kSubmodule}}, {"x", "y"}});
  ASSERT_TRUE(layout);
  EXPECT_THAT(Names(layout->source), ElementsAre("x"));
  EXPECT_THAT(layout->notes, ElementsAre(HasSubstr("vendor")));
}

TEST(FileLayoutTest, LimitsHold) {
  const MemoryTree tree{{"a/b/c/d", "x"}, {"e", "x"}};
  LayoutRequest request{tree, "", ""};
  request.limits.depth = 2;
  EXPECT_FALSE(LayOutFiles(request));
  request.limits = {};
  request.limits.files = 3;
  EXPECT_FALSE(LayOutFiles(request));
}

TEST(FileLayoutTest, VerbatimKeepsEveryPlace) {
  const MemoryTree tree{{"deployment/x", "x"}, {"src/y", "y"}, {"l", Link("src/y")}};
  const auto layout = LayOutFiles({tree, "", "", {}, true});
  ASSERT_TRUE(layout);
  EXPECT_THAT(Names(layout->source), ElementsAre("deployment/x", "l", "src/y"));
}

}  // namespace
}  // namespace gitops
