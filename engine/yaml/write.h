// YAML text from a tree, through yaml-cpp's emitter; the only place that sees yaml-cpp. Pure.
#pragma once

#include <string>

#include "engine/yaml/node.h"

namespace gitops {

/// Block style, two spaces, a newline at the end; empty lists and maps as [] and {}. Texts of style
/// kQuoted are quoted when anything would read them as something else than a text ("no", "1.10",
/// "", "a: b"); texts of style kPlain are written as they are when that is possible: numbers and
/// booleans. Texts with several lines become "|" blocks. ParseYaml reads back an equal tree: same
/// kinds and texts, while styles may differ.
std::string WriteYaml(const YamlNode& node);

/// Nodes for trees that are built rather than read.
YamlNode YamlText(std::string text);   ///< Always read back as a text.
YamlNode YamlPlain(std::string text);  ///< A number or boolean: written without quotes.
YamlNode YamlNull();
YamlNode YamlList(std::vector<YamlNode> items);
YamlNode YamlMap();
/// Adds a member at the end of a map and returns the map, for chains.
YamlNode& AddMember(YamlNode& map, std::string key, YamlNode value);

}  // namespace gitops
