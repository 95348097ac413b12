// YamlDocument: a tree that is received as a stream of calls, for `-o yaml`. Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "engine/model/document_writer.h"
#include "engine/yaml/node.h"

namespace gitops {

class YamlDocument : public DocumentWriter {
 public:
  void BeginObject() override;
  void EndObject() override;
  void BeginList() override;
  void EndList() override;
  void Key(std::string_view name) override;
  void Text(std::string_view value) override;
  void Integer(std::int64_t value) override;
  void Boolean(bool value) override;
  void Null() override;

  /// The document. REQUIRES: the tree is complete.
  std::string Render() const;

 private:
  void Add(YamlNode node);
  void End();

  struct Open {
    YamlNode node;
    std::string key;  ///< Of the member that comes next, when `node` is a map.
  };
  std::vector<Open> open_;
  YamlNode root_;
};

}  // namespace gitops
