// The hooks of a manifest: declared as a path or with settings, listed under `deployment.hooks`, or
// not declared at all and found by their default names.
#include <chrono>

#include "sources/manifest_draft.h"
#include "sources/manifest_rules.h"

namespace gitops {
namespace {

struct HookSlot {
  const char* name;
  std::optional<ManifestHook> Manifest::*hook;
};

constexpr HookSlot kHooks[] = {{"setup", &Manifest::setup},
                               {"configure", &Manifest::configure},
                               {"healthcheck", &Manifest::healthcheck},
                               {"teardown", &Manifest::teardown}};

ManifestHook ReadHook(const ManifestDraft& draft, const YamlNode& node, const std::string& name) {
  ManifestHook hook;
  hook.declared = true;
  hook.location = node.At(draft.file);
  hook.script = "deployment/" + name + ".sh";
  if (node.IsScalar()) {
    hook.script = WithoutDotSlash(node.scalar);
    return hook;
  }
  if (const YamlNode* script = node.Find("script"); script != nullptr && script->IsScalar()) {
    hook.script = WithoutDotSlash(script->scalar);
    hook.location = script->At(draft.file);
  }
  if (const YamlNode* inputs = node.Find("inputs")) {
    for (const std::string& glob : ReadTextList(*inputs)) {
      hook.inputs.emplace_back(WithoutDotSlash(glob));
    }
  }
  if (const YamlNode* timeout = node.Find("timeout")) {
    if (const auto reading = ReadDuration(*timeout)) {
      hook.timeout = std::chrono::ceil<std::chrono::seconds>(*reading);
    }
  }
  hook.optional = ManifestDraft::BoolAt(&node, "optional", false);
  return hook;
}

/// `deployment.hooks: [paths]`: a file's name says which hook it is.
void ReadListedHooks(ManifestDraft& draft) {
  const YamlNode* list = draft.Find(draft.root.Find("deployment"), "hooks");
  if (list == nullptr) return;
  for (const YamlNode& item : list->items) {
    if (!item.IsScalar() || !CheckPathRule(item.scalar).empty()) continue;
    const std::string_view path = item.scalar;
    const std::string_view base = path.substr(path.rfind('/') + 1);
    const HookSlot* slot = nullptr;
    for (const HookSlot& candidate : kHooks) {
      if (base.substr(0, base.find('.')) == candidate.name) slot = &candidate;
    }
    if (slot == nullptr) {
      draft.Report(Severity::kWarning, "not a hook",
                   "nothing runs " + QuoteShort(path) +
                       ": hooks are named setup, configure, healthcheck and teardown",
                   "deployment.hooks", item);
    } else if (draft.manifest.*(slot->hook)) {
      draft.Report(Severity::kNote, "hook declared twice",
                   std::string("hooks.") + slot->name + " is used, this entry is not",
                   "deployment.hooks", item);
    } else {
      draft.manifest.*(slot->hook) = ReadHook(draft, item, slot->name);
    }
  }
}

}  // namespace

void ReadHooks(ManifestDraft& draft) {
  const YamlNode* hooks = draft.root.Find("hooks");
  for (const HookSlot& slot : kHooks) {
    const YamlNode* node = draft.Find(hooks, slot.name);
    if (node == nullptr || node->IsNull()) continue;
    draft.manifest.*(slot.hook) = ReadHook(draft, *node, slot.name);
  }
  ReadListedHooks(draft);
  const YamlNode* settings = draft.root.Find("hook_config");
  for (const HookSlot& slot : kHooks) {
    std::optional<ManifestHook>& hook = draft.manifest.*(slot.hook);
    if (!hook) {
      hook.emplace();
      hook->script = std::string("deployment/") + slot.name + ".sh";
      hook->location.file = std::string(draft.file);
    }
    hook->optional =
        draft.BoolAt(draft.Find(settings, slot.name), "optional", false) || hook->optional;
  }
}

}  // namespace gitops
