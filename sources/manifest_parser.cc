#include "sources/manifest_parser.h"

#include <algorithm>
#include <utility>

#include "engine/yaml/parse.h"
#include "sources/manifest_draft.h"
#include "sources/manifest_rules.h"
#include "sources/manifest_shape.h"

namespace gitops {
namespace {

/// A pattern's own definition once had the manifest's file name. Nothing in it would be right, so
/// one message replaces dozens.
const YamlNode::Member* FindPatternDefinition(const YamlNode& root) {
  if (root.Find("pattern") != nullptr || root.Find("patterns") != nullptr) return nullptr;
  for (const YamlNode::Member& member : root.members) {
    const bool tells = member.key == "infrastructure" || member.key == "platform";
    if (tells && (member.value.IsMap() || member.value.IsNull())) return &member;
  }
  return nullptr;
}

Error PatternDefinition(const YamlNode::Member& member, std::string_view file) {
  Diagnostic problem;
  problem.summary = "pattern definition instead of a manifest";
  problem.detail = "the key \"" + member.key +
                   "\" belongs to the definition of a pattern; an app's manifest names its pattern "
                   "with \"pattern: NAME\"";
  problem.subject = member.key;
  problem.location = Location{std::string(file), member.line, member.column};
  problem.hint =
      "move the file to patterns/NAME/pattern.yaml, in the form of patterns/PATTERN_CONTRACT.md";
  return Error(ErrorKind::kInvalid, std::move(problem));
}

void ReadIdentity(ManifestDraft& draft) {
  Manifest& manifest = draft.manifest;
  const YamlNode* root = &draft.root;
  manifest.name = draft.TextAt(root, "name");
  manifest.version = draft.TextAt(root, "version");
  manifest.description = draft.TextAt(root, "description");
  manifest.provider = draft.TextAt(root, "provider");
  manifest.env_file = std::string(WithoutDotSlash(draft.TextAt(root, "env_file")));
  for (const YamlNode::Member& member : root->members) {
    manifest.locations[member.key] = Location{std::string(draft.file), member.line, member.column};
  }
}

bool Before(const Diagnostic& a, const Diagnostic& b) {
  return std::pair(a.location.line, a.location.column) <
         std::pair(b.location.line, b.location.column);
}

}  // namespace

Result<ParsedManifest> ParseManifest(std::string_view text, std::string_view file,
                                     const ManifestContext& context) {
  YamlLimits limits;
  limits.bytes = kLargestManifest;
  limits.nodes = kMostManifestValues;
  ASSIGN_OR_RETURN(const YamlNode root, ParseYaml(text, file, limits));
  if (const auto* member = FindPatternDefinition(root)) return PatternDefinition(*member, file);

  ManifestDraft draft{root, file, context, {}, {}};
  draft.diagnostics =
      CheckShape(root, ManifestShape(), file, {"", std::string(kManifestReference)});
  if (root.IsMap()) {
    ReadIdentity(draft);
    ReadPattern(draft);
    ReadHooks(draft);
    ReadEnvironment(draft);
    ReadCommands(draft);
    ReadDependencies(draft);
    ReadHealthchecks(draft);
    ReadPorts(draft);
    ReadResources(draft);
    ReadNetworks(draft);
    ReadTopology(draft);
    ReadVariables(draft);
    AddAliases(draft);
  }
  std::stable_sort(draft.diagnostics.begin(), draft.diagnostics.end(), Before);
  if (HasErrors(draft.diagnostics)) {
    return Error(ErrorKind::kInvalid, std::move(draft.diagnostics));
  }
  return ParsedManifest{std::move(draft.manifest), std::move(draft.diagnostics)};
}

}  // namespace gitops
