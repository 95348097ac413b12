#include "tests/fuzz/property.h"

#include <algorithm>
#include <vector>

#include "engine/base/result.h"
#include "engine/yaml/parse.h"
#include "engine/yaml/write.h"

namespace gitops::fuzz {

void Require(bool holds, std::string_view what, std::string_view detail) {
  if (holds) return;
  std::string message = "property broken: " + std::string(what);
  if (!detail.empty()) message += "\n" + std::string(detail);
  throw PropertyBroken(message);
}

void RequirePlacesInside(const Diagnostics& diagnostics, std::string_view text,
                         std::string_view file) {
  // An error at the end of the text may stand on the line after the last newline. libyaml takes
  // these bytes for line ends too: CR, and the three of Unicode (each ends in one of these bytes).
  const auto line_ends = std::count_if(text.begin(), text.end(), [](char c) {
    return c == '\n' || c == '\r' || c == '\x85' || c == '\xA8' || c == '\xA9';
  });
  for (const Diagnostic& diagnostic : diagnostics) {
    Require(!diagnostic.summary.empty(), "a diagnostic has a summary", diagnostic.ToString());
    if (diagnostic.location.file != file) continue;
    Require(diagnostic.location.line >= 0 && diagnostic.location.line <= line_ends + 1,
            "a diagnostic's line is one of the file", diagnostic.ToString());
    Require(diagnostic.location.column >= 0 &&
                static_cast<std::size_t>(diagnostic.location.column) <= text.size() + 1,
            "a diagnostic's column is one of the file", diagnostic.ToString());
  }
}

std::string WhatTheySay(const Diagnostics& diagnostics) {
  // Sorted: two problems at one place in one form may stand at two places in another.
  std::vector<std::string> lines;
  for (const Diagnostic& diagnostic : diagnostics) {
    lines.push_back(std::to_string(static_cast<int>(diagnostic.severity)) + " " +
                    diagnostic.summary + " | " + diagnostic.subject + "\n");
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

std::string Reformat(std::string_view text) {
  const Result<YamlNode> root = ParseYaml(text, "reformat.yaml");
  return root ? WriteYaml(*root) : "";
}

}  // namespace gitops::fuzz
