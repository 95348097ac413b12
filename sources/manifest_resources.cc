// Sizes of a manifest: `resources` and `config`, in all their forms, as MB of memory and GB of
// disk. A number whose unit nothing tells is kept and marked, never guessed.
#include <algorithm>

#include "sources/manifest_draft.h"
#include "sources/manifest_sizes.h"

namespace gitops {
namespace {

/// Above, a number of GB is more than any machine of the grid has: the provider's own limit.
constexpr std::int64_t kMostGigabytes = 10'240;
/// Below, a number of MB is less than one GB, which nobody asks for.
constexpr std::int64_t kLeastDiskMegabytes = 1024;
/// Less memory is refused by the table.
constexpr std::int64_t kLeastMegabytes = 64;

void ReportAmbiguous(ManifestDraft& draft, const std::string& path, const YamlNode& node) {
  draft.Report(
      Severity::kWarning, "ambiguous unit",
      path + ": " + node.scalar + " could be MB or GB; a pattern that needs the value refuses it",
      path, node, "write the unit: " + node.scalar + "M or " + node.scalar + "G");
}

void CheckMemory(ManifestDraft& draft, const std::string& path, const YamlNode& node) {
  const auto size = ReadSize(node, SizeUnit::kMegabytes);
  if (!size || size->with_suffix || size->amount < 1 || size->amount >= kLeastMegabytes) return;
  // The table has reported the number; this says what was probably meant.
  for (Diagnostic& diagnostic : draft.diagnostics) {
    if (diagnostic.subject != path || diagnostic.severity != Severity::kError) continue;
    diagnostic.hint = "memory is in MB; for gigabytes write " + node.scalar + "G";
  }
}

using Setter = void (*)(ManifestDraft&, const std::string&, const YamlNode&);

struct Amount {
  const char* key;
  Setter set;
};

constexpr Amount kAmounts[] = {{"cpu", &SetInteger}, {"memory", &SetMemory}, {"disk", &SetDisk}};
constexpr const char* kRoles[] = {"vm",     "gateway", "backend",  "master", "control",
                                  "worker", "ingress", "ai_agent", "gitea"};

std::optional<std::int64_t> IntegerAt(const ManifestDraft& draft, const std::string& path) {
  const auto found = draft.manifest.values.find(path);
  if (found == draft.manifest.values.end() || found->second.ambiguous_unit) return std::nullopt;
  const auto* number = std::get_if<std::int64_t>(&found->second.value);
  return number == nullptr ? std::nullopt : std::optional(*number);
}

void CheckOrder(ManifestDraft& draft, const YamlNode& bounds, const std::string& path,
                const char* smaller, const char* larger) {
  if (bounds.Find(smaller) == nullptr || bounds.Find(larger) == nullptr) return;
  const auto low = IntegerAt(draft, path + "." + smaller);
  const auto high = IntegerAt(draft, path + "." + larger);
  const YamlNode* node = bounds.Find(smaller);
  if (!low || !high || *low <= *high || node == nullptr) return;
  draft.Report(Severity::kError, "bounds in the wrong order",
               std::string(smaller) + " (" + std::to_string(*low) + ") is greater than " + larger +
                   " (" + std::to_string(*high) + ")",
               path + "." + smaller, *node);
}

void ReadBounds(ManifestDraft& draft, const YamlNode& bounds, const std::string& path, Setter set) {
  for (const char* key : {"min", "recommended", "max", "minimum"}) {
    if (const YamlNode* node = bounds.Find(key)) set(draft, path + "." + key, *node);
  }
  CheckOrder(draft, bounds, path, "min", "recommended");
  CheckOrder(draft, bounds, path, "minimum", "recommended");
  CheckOrder(draft, bounds, path, "recommended", "max");
  CheckOrder(draft, bounds, path, "min", "max");
}

}  // namespace

void SetInteger(ManifestDraft& draft, const std::string& path, const YamlNode& node) {
  if (const auto number = ReadInteger(node)) draft.SetValue(path, *number, node);
}

void SetMemory(ManifestDraft& draft, const std::string& path, const YamlNode& node) {
  CheckMemory(draft, path, node);
  if (const auto size = ReadSize(node, SizeUnit::kMegabytes)) {
    draft.SetValue(path, size->amount, node);
  }
}

void SetDisk(ManifestDraft& draft, const std::string& path, const YamlNode& node) {
  const auto size = ReadSize(node, SizeUnit::kGigabytes);
  if (!size) return;
  const bool ambiguous = !size->with_suffix && size->amount > kMostGigabytes;
  if (ambiguous) ReportAmbiguous(draft, path, node);
  draft.SetValue(path, size->amount, node, ambiguous);
}

void SetDiskInMegabytes(ManifestDraft& draft, const std::string& path, const YamlNode& node) {
  const auto size = ReadSize(node, SizeUnit::kMegabytes);
  if (!size) return;
  const bool ambiguous = !size->with_suffix && size->amount < kLeastDiskMegabytes;
  if (ambiguous) {
    ReportAmbiguous(draft, path, node);
    draft.SetValue(path, size->amount, node, true);
    return;
  }
  draft.SetValue(path, (size->amount + 1023) / 1024, node);
}

void ReadResources(ManifestDraft& draft) {
  const YamlNode* resources = draft.root.Find("resources");
  for (const Amount& amount : kAmounts) {
    const YamlNode* node = draft.Find(resources, amount.key);
    if (node == nullptr) continue;
    const std::string path = std::string("resources.") + amount.key;
    if (node->IsMap()) {
      ReadBounds(draft, *node, path, amount.set);
    } else {
      amount.set(draft, path, *node);
    }
  }
  for (const char* role : kRoles) {
    const YamlNode* node = draft.Find(resources, role);
    if (node == nullptr) continue;
    const std::string path = std::string("resources.") + role + ".";
    for (const Amount& amount : kAmounts) {
      const YamlNode* value = draft.Find(node, amount.key);
      if (value != nullptr) amount.set(draft, path + amount.key, *value);
    }
    if (const YamlNode* count = draft.Find(node, "count"))
      SetInteger(draft, path + "count", *count);
  }
  const YamlNode* config = draft.root.Find("config");
  const Amount config_amounts[] = {{"node", &SetInteger},
                                   {"cpu", &SetInteger},
                                   {"memory", &SetMemory},
                                   {"disk", &SetDiskInMegabytes}};
  for (const Amount& amount : config_amounts) {
    const YamlNode* node = draft.Find(config, amount.key);
    if (node != nullptr) amount.set(draft, std::string("config.") + amount.key, *node);
  }
}

}  // namespace gitops
