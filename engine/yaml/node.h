// YamlNode: a parsed YAML tree whose every node knows its line and column. Pure values.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/diagnostic.h"

namespace gitops {

enum class YamlKind { kNull, kScalar, kList, kMap };

/// How a scalar was written; only plain ones may be read as numbers, booleans or null.
enum class YamlStyle { kPlain, kQuoted, kBlock };

struct YamlNode {
  struct Member;

  YamlKind kind = YamlKind::kNull;
  YamlStyle style = YamlStyle::kPlain;
  std::string
      scalar;  ///< kScalar: the text as written, after unquoting. kNull: the text ("", "~").
  std::vector<YamlNode> items;  ///< kList.
  std::vector<Member> members;  ///< kMap: in the order of the file, keys unique.
  int line = 0;                 ///< From 1.
  int column = 0;               ///< From 1.

  bool IsMap() const { return kind == YamlKind::kMap; }
  bool IsList() const { return kind == YamlKind::kList; }
  bool IsScalar() const { return kind == YamlKind::kScalar; }
  bool IsNull() const { return kind == YamlKind::kNull; }

  /// The value of `key`, or null (also when this is no map).
  const YamlNode* Find(std::string_view key) const;

  Location At(std::string_view file) const { return Location{std::string(file), line, column}; }
};

struct YamlNode::Member {
  std::string key;
  int line = 0;  ///< Of the key.
  int column = 0;
  YamlNode value;
};

}  // namespace gitops
