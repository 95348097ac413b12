#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "engine/reconcile/config_shape.h"

namespace gitops {
namespace {

using ::testing::HasSubstr;

/// The published schema is the table's. TFGRID_COMPOSE_ACCEPT=1 writes it anew.
TEST(ConfigSchema, IsTheOneInTheDocumentation) {
  const std::string path =
      std::string(TFGRID_COMPOSE_SOURCE_DIR) + "/docs/schema/reconciler.schema.json";
  if (std::getenv("TFGRID_COMPOSE_ACCEPT") != nullptr) {
    std::ofstream(path) << ReconcilerJsonSchema();
  }
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), ReconcilerJsonSchema());
}

TEST(ConfigSchema, SaysWhatTheReaderSays) {
  const std::string schema = ReconcilerJsonSchema();
  EXPECT_THAT(schema, HasSubstr("https://json-schema.org/draft/2020-12/schema"));
  for (const char* key :
       {"sources", "environments", "maxPrune", "knownHostsFile", "parallelApps"}) {
    EXPECT_THAT(schema, HasSubstr("\"" + std::string(key) + "\""));
  }
}

/// Every key is in the reference, and the reference has an entry for nothing else.
void CollectKeys(const Shape& shape, const std::string& path, std::vector<std::string>& keys) {
  for (const ShapeKey& key : shape.keys) {
    const std::string name = path.empty() ? key.name : path + "." + key.name;
    keys.push_back(name);
    CollectKeys(key.shape, name, keys);
  }
  for (const Shape& inner : shape.inner) {
    const bool list = shape.kind == ShapeKind::kList;
    const bool map = shape.kind == ShapeKind::kMap;
    CollectKeys(inner, list ? path + "[]" : map ? path + ".<name>" : path, keys);
  }
}

TEST(ConfigReference, NamesEveryKeyAndNoOther) {
  std::ifstream file(std::string(TFGRID_COMPOSE_SOURCE_DIR) + "/docs/configuration.md");
  std::vector<std::string> documented;
  bool in_keys = false;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("## ", 0) == 0) in_keys = line == "## Keys";
    if (!in_keys) continue;
    if (line.rfind("| `", 0) != 0) continue;
    documented.push_back(line.substr(3, line.find('`', 3) - 3));
  }
  std::vector<std::string> keys;
  CollectKeys(ReconcilerShape(), "", keys);
  EXPECT_THAT(documented, ::testing::UnorderedElementsAreArray(keys));
}

}  // namespace
}  // namespace gitops
