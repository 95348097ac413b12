// The pattern of a manifest, from any of its spellings:
//   pattern: x · pattern: {recommended: x} · patterns: {recommended: x, supported: [x, y]}
#include <algorithm>
#include <optional>

#include "engine/base/suggest.h"
#include "sources/manifest_draft.h"
#include "sources/manifest_rules.h"

namespace gitops {
namespace {

/// One spelling as it was found.
struct Spelling {
  std::string path;  ///< Of the name: "pattern", "patterns.recommended".
  const YamlNode* name = nullptr;
  std::string supported_path;
  const YamlNode* supported = nullptr;
};

Spelling FindSpelling(const YamlNode& root, const std::string& key) {
  Spelling spelling;
  const YamlNode* node = root.Find(key);
  if (node == nullptr) return spelling;
  if (node->IsScalar()) {
    spelling.path = key;
    spelling.name = node;
    return spelling;
  }
  spelling.path = key + ".recommended";
  spelling.name = node->Find("recommended");
  spelling.supported_path = key + ".supported";
  spelling.supported = node->Find("supported");
  if (spelling.supported != nullptr && !spelling.supported->IsList()) spelling.supported = nullptr;
  // One supported pattern and no word on which is recommended leaves no choice.
  if (spelling.name == nullptr && spelling.supported != nullptr &&
      spelling.supported->items.size() == 1) {
    spelling.path = spelling.supported_path + "[0]";
    spelling.name = &spelling.supported->items.front();
  }
  if (spelling.name != nullptr && !spelling.name->IsScalar()) spelling.name = nullptr;
  return spelling;
}

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string Join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// False when the pattern is known not to exist.
bool CheckKnown(ManifestDraft& draft, const Spelling& spelling) {
  const std::vector<std::string>& known = draft.context.patterns;
  if (known.empty() || Contains(known, draft.manifest.pattern)) return true;
  std::string hint = "known: " + Join(known);
  if (const auto nearest = NearestName(draft.manifest.pattern, known)) {
    hint = "did you mean \"" + *nearest + "\"?";
  }
  draft.Report(Severity::kError, "unknown pattern",
               "there is no pattern " + QuoteShort(draft.manifest.pattern), spelling.path,
               *spelling.name, std::move(hint));
  return false;
}

void CheckSupported(ManifestDraft& draft, const Spelling& spelling) {
  const Manifest& manifest = draft.manifest;
  if (manifest.supported_patterns.empty() ||
      Contains(manifest.supported_patterns, manifest.pattern)) {
    return;
  }
  const auto nearest = NearestName(manifest.pattern, manifest.supported_patterns);
  draft.Report(Severity::kError, "pattern not supported by the app",
               QuoteShort(manifest.pattern) + " is not among the supported patterns (" +
                   Join(manifest.supported_patterns) + ")",
               spelling.path, *spelling.name,
               nearest ? "did you mean \"" + *nearest + "\"?"
                       : "add it to supported, or choose one of those");
}

void ReportMissing(ManifestDraft& draft, const Spelling& shorter, const Spelling& longer) {
  for (const Spelling* spelling : {&shorter, &longer}) {
    if (spelling->supported == nullptr || spelling->supported->items.empty()) continue;
    draft.Report(Severity::kError, "key missing", "several patterns are supported; say which one",
                 spelling->path, *spelling->supported, "add: recommended: NAME");
    return;
  }
  for (const Diagnostic& diagnostic : draft.diagnostics) {
    if (diagnostic.severity != Severity::kError) continue;
    // Misspelt, or already reported with its reason: a second message would only confuse.
    if (diagnostic.subject.substr(0, 7) == "pattern") return;
    if (diagnostic.hint == "did you mean \"pattern\"?") return;
    if (diagnostic.hint == "did you mean \"patterns\"?") return;
  }
  for (const char* key : {"pattern", "patterns"}) {
    if (draft.root.Find(key) == nullptr) continue;
    draft.Report(Severity::kError, "key missing", "no pattern is named", std::string(key),
                 *draft.root.Find(key), "write: pattern: NAME; the names: tfgrid-compose patterns");
    return;
  }
  draft.Report(Severity::kError, "key missing", "\"pattern\" is required", "pattern", draft.root,
               "add: pattern: NAME; the names: tfgrid-compose patterns");
}

}  // namespace

void ReadPattern(ManifestDraft& draft) {
  const Spelling shorter = FindSpelling(draft.root, "pattern");
  const Spelling longer = FindSpelling(draft.root, "patterns");
  const Spelling& used = longer.name != nullptr ? longer : shorter;
  if (used.name == nullptr) return ReportMissing(draft, shorter, longer);

  Manifest& manifest = draft.manifest;
  manifest.pattern = used.name->scalar;
  for (const Spelling* spelling : {&longer, &shorter}) {
    if (spelling->supported == nullptr || !manifest.supported_patterns.empty()) continue;
    manifest.supported_patterns = ReadTextList(*spelling->supported);
  }
  if (shorter.name != nullptr && longer.name != nullptr &&
      shorter.name->scalar != longer.name->scalar) {
    draft.Report(Severity::kError, "two different patterns",
                 "\"" + shorter.path + "\" on line " + std::to_string(shorter.name->line) +
                     " says " + QuoteShort(shorter.name->scalar) + ", \"" + longer.path +
                     "\" on line " + std::to_string(longer.name->line) + " says " +
                     QuoteShort(longer.name->scalar),
                 longer.path, *longer.name, "keep one of the two");
    return;
  }
  if (!CheckNameRule(manifest.pattern).empty()) return;  // The table has reported it.
  if (CheckKnown(draft, used)) CheckSupported(draft, used);
}

}  // namespace gitops
