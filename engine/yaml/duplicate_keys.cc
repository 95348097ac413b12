#include "engine/yaml/duplicate_keys.h"

#include <algorithm>

namespace gitops {
namespace {

constexpr std::size_t kFewMembers = 12;  // Below, comparing all pairs beats sorting.

}  // namespace

std::vector<std::pair<const YamlNode::Member*, const YamlNode::Member*>> FindDuplicateKeys(
    const YamlNode& map) {
  std::vector<std::pair<const YamlNode::Member*, const YamlNode::Member*>> duplicates;
  const auto& members = map.members;
  if (members.size() <= kFewMembers) {
    for (std::size_t i = 1; i < members.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (members[i].key != members[j].key || members[i].key.empty()) continue;
        duplicates.emplace_back(&members[j], &members[i]);
        break;
      }
    }
    return duplicates;
  }
  std::vector<const YamlNode::Member*> sorted;
  sorted.reserve(members.size());
  for (const YamlNode::Member& member : members) sorted.push_back(&member);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto* a, const auto* b) { return a->key < b->key; });
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i]->key != sorted[i - 1]->key || sorted[i]->key.empty()) continue;
    duplicates.emplace_back(sorted[i - 1], sorted[i]);
  }
  return duplicates;
}

}  // namespace gitops
