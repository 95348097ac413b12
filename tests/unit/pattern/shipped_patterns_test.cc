// The patterns in patterns/ and the worked example of docs/patterns.md load and expand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "engine/os/directory_tree.h"
#include "engine/pattern/catalog.h"
#include "engine/pattern/pattern_shape.h"
#include "sources/manifest_parser.h"
#include "tests/unit/pattern/fixtures.h"

namespace gitops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string ReadFile(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  EXPECT_TRUE(stream) << path;
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// The files that docs/patterns.md shows: each in a fence after a line that ends "`path`:".
std::map<std::string, MemoryFile> ShownFiles(const std::string& markdown) {
  std::map<std::string, MemoryFile> files;
  std::istringstream lines(markdown);
  std::string line, path, body;
  bool inside = false;
  while (std::getline(lines, line)) {
    const bool fence = line.compare(0, 3, "```") == 0;
    if (inside && fence) {
      files.emplace(path,
                    MemoryFile(body, path.substr(path.size() - 3) == ".sh" ? EntryKind::kExecutable
                                                                           : EntryKind::kFile));
      inside = false;
      path.clear();
    } else if (inside) {
      body += line + "\n";
    } else if (fence && !path.empty()) {
      inside = true;
      body.clear();
    } else if (!line.empty()) {
      const std::size_t end = line.rfind("`:");
      const std::size_t begin = end == std::string::npos ? end : line.rfind('`', end - 1);
      const bool names_a_file = begin != std::string::npos && end + 2 == line.size();
      path = names_a_file ? line.substr(begin + 1, end - begin - 1) : "";
    }
  }
  return files;
}

class ShippedPatternsTest : public testing::Test {
 protected:
  ShippedPatternsTest() {
    auto tree = DirectoryTree::Open(std::string(TFGRID_COMPOSE_SOURCE_DIR) + "/patterns");
    EXPECT_TRUE(tree) << (tree ? "" : tree.error().ToString());
    if (tree) places_.push_back({"patterns", std::shared_ptr<const FileTree>(*std::move(tree))});
  }

  std::vector<PatternPlace> places_;
};

TEST_F(ShippedPatternsTest, AllLoadWithoutAWord) {
  const std::vector<PatternListing> listings = PatternCatalog(places_).List();
  EXPECT_FALSE(listings.empty());
  for (const PatternListing& listing : listings) {
    EXPECT_THAT(listing.problems, IsEmpty()) << listing.name << "\n" << Texts(listing.problems);
    EXPECT_FALSE(listing.description.empty()) << listing.name;
  }
}

TEST_F(ShippedPatternsTest, SingleVmRunsAnAppOnThisMachine) {
  PatternCatalog catalog(places_);
  const Result<FoundPattern> found = catalog.Find("single-vm");
  ASSERT_TRUE(found);
  Sample sample;
  const auto set = [&sample](const char* path, std::int64_t value) {
    sample.manifest.values[path].value = value;
  };
  set("resources.cpu.recommended", 4);
  set("resources.memory.recommended", 8192);
  set("resources.memory.min", 4096);
  set("resources.vm.memory", 6144);
  set("config.disk", 100);
  const Result<DesiredState> state = Expand({sample.app,
                                             {},
                                             sample.manifest,
                                             sample.app_files,
                                             *found->pattern,
                                             *found->files,
                                             "local",
                                             sample.overrides,
                                             sample.variables,
                                             sample.digest_key});
  ASSERT_TRUE(state);
  EXPECT_THAT(Addresses(*state), ElementsAre("infrastructure.host", "app.configure", "app.files",
                                             "app.healthcheck", "app.setup"));
  const Step& host = StepOf(*state, "infrastructure.host");
  EXPECT_EQ(InputOf(host, "variables.cpu").shown, "4");
  EXPECT_EQ(InputOf(host, "variables.memory").shown, "6144");
  EXPECT_EQ(InputOf(host, "variables.disk").shown, "100");
}

TEST_F(ShippedPatternsTest, TheExampleOfTheDocumentationWorks) {
  const std::string docs = ReadFile(std::string(TFGRID_COMPOSE_SOURCE_DIR) + "/docs/patterns.md");
  const MemoryTree repository(ShownFiles(docs));
  const auto patterns = repository.Subtree("patterns");
  const auto app = repository.Subtree("shop");
  ASSERT_TRUE(patterns && app);
  places_.insert(places_.begin(),
                 {"source apps: patterns", std::make_shared<const MemoryTree>(*patterns)});
  PatternCatalog catalog(places_);
  const Result<FoundPattern> found = catalog.Find("static-site");
  ASSERT_TRUE(found) << Texts(found.error().diagnostics);

  const Result<ParsedManifest> manifest = ParseManifest(
      *app->Read("tfgrid-compose.yaml", kLargestManifest), "shop/tfgrid-compose.yaml");
  ASSERT_TRUE(manifest) << Texts(manifest.error().diagnostics);
  EXPECT_THAT(manifest->diagnostics, IsEmpty()) << Texts(manifest->diagnostics);
  EXPECT_EQ(manifest->manifest.pattern, "static-site");
  Sample sample;
  sample.app.name = manifest->manifest.name;
  sample.manifest = manifest->manifest;
  sample.app_files = *app;
  const Result<DesiredState> state = Expand({sample.app,
                                             {},
                                             sample.manifest,
                                             sample.app_files,
                                             *found->pattern,
                                             *found->files,
                                             "local",
                                             sample.overrides,
                                             sample.variables,
                                             sample.digest_key});
  ASSERT_TRUE(state) << Texts(state.error().diagnostics);
  EXPECT_THAT(Addresses(*state), ElementsAre("infrastructure.host", "platform.script",
                                             "app.configure", "app.files", "app.healthcheck"));
  EXPECT_EQ(StepOf(*state, "platform.script").parameters.at("variables.port"), "8090");
}

/// Keys are written as `key`, wherever they stand.
void ExpectDocumented(const std::string& text, const Shape& shape, const std::string& path) {
  for (const ShapeKey& key : shape.keys) {
    EXPECT_THAT(text, HasSubstr("`" + key.name + "`")) << path << key.name;
    ExpectDocumented(text, key.shape, path + key.name + ".");
  }
  for (const Shape& inner : shape.inner) ExpectDocumented(text, inner, path);
}

TEST_F(ShippedPatternsTest, TheDocumentationNamesEveryKey) {
  ExpectDocumented(ReadFile(std::string(TFGRID_COMPOSE_SOURCE_DIR) + "/docs/patterns.md"),
                   PatternShape(), "");
}

TEST_F(ShippedPatternsTest, TheSchemaIsTheTable) {
  const std::string path =
      std::string(TFGRID_COMPOSE_SOURCE_DIR) + "/docs/schema/pattern.schema.json";
  if (std::getenv("TFGRID_COMPOSE_ACCEPT") != nullptr) {
    std::ofstream(path, std::ios::binary) << PatternJsonSchema();
  }
  EXPECT_EQ(ReadFile(path), PatternJsonSchema())
      << "TFGRID_COMPOSE_ACCEPT=1 writes the schema anew";
}

}  // namespace
}  // namespace gitops
