// SameTree: two YAML trees that say the same. Pure.
#pragma once

#include "engine/yaml/parse.h"

namespace gitops {

/// Same kinds and texts; places and styles are not compared.
inline bool SameTree(const YamlNode& a, const YamlNode& b) {
  if (a.kind != b.kind || a.items.size() != b.items.size() ||
      a.members.size() != b.members.size()) {
    return false;
  }
  if (a.IsScalar() && a.scalar != b.scalar) return false;
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (!SameTree(a.items[i], b.items[i])) return false;
  }
  for (std::size_t i = 0; i < a.members.size(); ++i) {
    if (a.members[i].key != b.members[i].key) return false;
    if (!SameTree(a.members[i].value, b.members[i].value)) return false;
  }
  return true;
}

}  // namespace gitops
