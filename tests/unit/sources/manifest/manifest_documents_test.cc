// The published schema and the reference say what the parser's table says.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "engine/yaml/parse.h"
#include "sources/manifest_shape.h"

namespace gitops {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

fs::path Document(const char* name) { return fs::path(TFGRID_COMPOSE_SOURCE_DIR) / "docs" / name; }

TEST(ManifestDocuments, TheSchemaIsTheTable) {
  const fs::path path = Document("schema/tfgrid-compose.schema.json");
  if (std::getenv("TFGRID_COMPOSE_ACCEPT") != nullptr) {
    std::ofstream(path, std::ios::binary) << ManifestJsonSchema();
  }
  EXPECT_EQ(ReadFile(path), ManifestJsonSchema())
      << "TFGRID_COMPOSE_ACCEPT=1 writes the schema anew";
}

/// JSON is YAML, so our own strict reader tells whether the schema is well-formed.
TEST(ManifestDocuments, TheSchemaIsWellFormed) {
  const auto schema = ParseYaml(ManifestJsonSchema(), "schema");
  ASSERT_TRUE(schema.has_value()) << schema.error().ToString();
  EXPECT_EQ(schema->Find("properties")->members.size(), ManifestShape().keys.size());
}

/// Keys are written as `key` in the reference, wherever they stand.
void ExpectDocumented(const std::string& text, const Shape& shape, const std::string& path) {
  for (const ShapeKey& key : shape.keys) {
    EXPECT_NE(text.find("`" + key.name + "`"), std::string::npos)
        << path << key.name << " is not in docs/manifest.md";
    ExpectDocumented(text, key.shape, path + key.name + ".");
  }
  for (const Shape& inner : shape.inner) ExpectDocumented(text, inner, path);
}

TEST(ManifestDocuments, TheReferenceNamesEveryKey) {
  const std::string text = ReadFile(Document("manifest.md"));
  ASSERT_FALSE(text.empty());
  ExpectDocumented(text, ManifestShape(), "");
}

TEST(ManifestDocuments, EveryKeyHasAMeaning) {
  for (const ShapeKey& key : ManifestShape().keys) {
    EXPECT_FALSE(key.doc.empty() && key.no_effect.empty()) << key.name;
  }
}

/// What the reference shows as a manifest is one.
TEST(ManifestDocuments, ExamplesAreAccepted) {
  const std::string text = ReadFile(Document("manifest.md"));
  int examples = 0;
  std::size_t at = 0;
  while ((at = text.find("```yaml\n", at)) != std::string::npos) {
    const std::size_t begin = at + 8;
    const std::size_t end = text.find("```", begin);
    ASSERT_NE(end, std::string::npos);
    const std::string example = text.substr(begin, end - begin);
    const auto root = ParseYaml(example, "example");
    ASSERT_TRUE(root.has_value()) << root.error().ToString() << "\n" << example;
    for (const Diagnostic& problem : CheckShape(*root, ManifestShape(), "example")) {
      const bool part = problem.subject == "name" && problem.summary == "key missing";
      EXPECT_TRUE(part || problem.severity != Severity::kError) << problem.ToString() << "\n"
                                                                << example;
    }
    ++examples;
    at = end + 3;
  }
  EXPECT_GE(examples, 5);
}

}  // namespace
}  // namespace gitops
