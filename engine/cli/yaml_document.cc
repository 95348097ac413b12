#include "engine/cli/yaml_document.h"

#include "engine/base/check.h"
#include "engine/yaml/write.h"

namespace gitops {

void YamlDocument::Add(YamlNode node) {
  if (open_.empty()) {
    root_ = std::move(node);
  } else if (open_.back().node.IsMap()) {
    AddMember(open_.back().node, std::move(open_.back().key), std::move(node));
  } else {
    open_.back().node.items.push_back(std::move(node));
  }
}

void YamlDocument::End() {
  CHECK(!open_.empty());
  YamlNode node = std::move(open_.back().node);
  open_.pop_back();
  Add(std::move(node));
}

void YamlDocument::BeginObject() { open_.push_back({YamlMap(), ""}); }
void YamlDocument::EndObject() { End(); }
void YamlDocument::BeginList() { open_.push_back({YamlList({}), ""}); }
void YamlDocument::EndList() { End(); }

void YamlDocument::Key(std::string_view name) {
  CHECK(!open_.empty() && open_.back().node.IsMap());
  open_.back().key = name;
}

void YamlDocument::Text(std::string_view value) { Add(YamlText(std::string(value))); }
void YamlDocument::Integer(std::int64_t value) { Add(YamlPlain(std::to_string(value))); }
void YamlDocument::Boolean(bool value) { Add(YamlPlain(value ? "true" : "false")); }
void YamlDocument::Null() { Add(YamlNull()); }

std::string YamlDocument::Render() const {
  CHECK(open_.empty());
  return WriteYaml(root_);
}

}  // namespace gitops
