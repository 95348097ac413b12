// Keys that stand twice in one map. Private to the reader. Pure.
#pragma once

#include <utility>
#include <vector>

#include "engine/yaml/node.h"

namespace gitops {

/// Pairs of members with the same key, the earlier one first. Members without a key are not
/// compared. The pointers are into `map`.
std::vector<std::pair<const YamlNode::Member*, const YamlNode::Member*>> FindDuplicateKeys(
    const YamlNode& map);

}  // namespace gitops
