// YAML: what is written from a tree reads back as that tree, in one step for ever after.
#include "engine/yaml/parse.h"
#include "engine/yaml/write.h"
#include "tests/fuzz/property.h"
#include "tests/fuzz/targets.h"
#include "tests/support/same_tree.h"

namespace gitops::fuzz {

void FuzzYaml(std::string_view bytes) {
  const Result<YamlNode> root = ParseYaml(bytes, "fuzz.yaml");
  if (!root) {
    Require(root.error().kind == ErrorKind::kInvalid, "broken text is invalid");
    RequirePlacesInside(root.error().diagnostics, bytes, "fuzz.yaml");
    return;
  }
  const std::string written = WriteYaml(*root);
  const Result<YamlNode> again = ParseYaml(written, "written.yaml");
  Require(again.has_value(), "what was written can be read", written);
  Require(SameTree(*root, *again), "what was written reads back as the same tree", written);
  Require(WriteYaml(*again) == written, "writing twice gives the same text", written);
}

}  // namespace gitops::fuzz
