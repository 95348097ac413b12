// The strict YAML reader: libyaml's events into our own tree. Only engine/yaml/event_stream.h sees
// libyaml. Refuses what people never mean: duplicate keys, aliases and anchors, tags, directives,
// several documents, control characters, anything but UTF-8. Pure; safe to call from any thread.
#pragma once

#include <string_view>

#include "engine/base/result.h"
#include "engine/yaml/node.h"

namespace gitops {

struct YamlLimits {
  std::size_t bytes = 1024 * 1024;  ///< Asked before the first byte is parsed.
  int depth = 32;
  std::size_t nodes = 200'000;
};

/// Parses one document. `file` only names the text in diagnostics. An error holds every problem
/// found (a syntax error ends the search), each with line and column. Errors: kInvalid. An empty
/// document (nothing, or only comments) is an error too.
Result<YamlNode> ParseYaml(std::string_view text, std::string_view file,
                           const YamlLimits& limits = {});

}  // namespace gitops
