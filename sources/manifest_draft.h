// ManifestDraft: a manifest while it is being read, and the readers of its parts. The table
// (manifest_shape.h) has been checked before and its findings are in `diagnostics`: a reader skips
// what does not fit and reports only what the table cannot say. Private to the parser. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "engine/model/manifest.h"
#include "engine/yaml/node.h"
#include "engine/yaml/scalars.h"
#include "sources/manifest_parser.h"

namespace gitops {

struct ManifestDraft {
  const YamlNode& root;
  std::string_view file;
  const ManifestContext& context;
  Manifest manifest;
  Diagnostics diagnostics;

  /// Adds a diagnostic about `node`.
  void Report(Severity severity, std::string summary, std::string detail, std::string subject,
              const YamlNode& node, std::string hint = "") {
    diagnostics.push_back(Diagnostic{severity, std::move(summary), std::move(detail),
                                     std::move(subject), node.At(file), std::move(hint)});
  }

  /// Sets a value that patterns read.
  void SetValue(const std::string& path, Value value, const YamlNode& node,
                bool ambiguous_unit = false) {
    manifest.values[path] = ManifestValue{std::move(value), node.At(file), ambiguous_unit};
  }

  /// `key` of `map`, or null.
  static const YamlNode* Find(const YamlNode* map, std::string_view key) {
    return map == nullptr ? nullptr : map->Find(key);
  }
  /// The text at `key` of `map`; "" when there is none.
  static std::string TextAt(const YamlNode* map, std::string_view key) {
    const YamlNode* node = Find(map, key);
    return node == nullptr || !node->IsScalar() ? "" : node->scalar;
  }
  /// The boolean at `key` of `map`; `otherwise` when there is none.
  static bool BoolAt(const YamlNode* map, std::string_view key, bool otherwise) {
    const YamlNode* node = Find(map, key);
    if (node == nullptr) return otherwise;
    const auto reading = ReadBoolean(*node);
    return reading ? *reading : otherwise;
  }
};

void ReadPattern(ManifestDraft& draft);
void ReadHooks(ManifestDraft& draft);
void ReadEnvironment(ManifestDraft& draft);
void ReadCommands(ManifestDraft& draft);
void ReadDependencies(ManifestDraft& draft);
void ReadHealthchecks(ManifestDraft& draft);
void ReadPorts(ManifestDraft& draft);
void ReadResources(ManifestDraft& draft);
void ReadNetworks(ManifestDraft& draft);
void ReadTopology(ManifestDraft& draft);
void ReadVariables(ManifestDraft& draft);
/// Fills paths that patterns are written for from other spellings. Comes after all that set values.
void AddAliases(ManifestDraft& draft);

}  // namespace gitops
