#include "engine/reconcile/config_environments.h"

#include "engine/reconcile/config_files.h"
#include "engine/reconcile/config_shape.h"
#include "engine/yaml/scalars.h"

namespace gitops {
namespace {

Value ScalarValue(const YamlNode& node) {
  if (const auto boolean = ReadBoolean(node)) return *boolean;
  if (const auto integer = ReadInteger(node)) return *integer;
  return node.scalar;
}

Value ReadValue(const YamlNode& node) {
  if (!node.IsList()) return ScalarValue(node);
  std::vector<std::int64_t> integers;
  std::vector<std::string> texts;
  for (const YamlNode& item : node.items) {
    texts.push_back(item.scalar);
    if (const auto integer = ReadInteger(item)) integers.push_back(*integer);
  }
  if (!integers.empty() && integers.size() == texts.size()) return integers;
  return texts;
}

std::map<std::string, Value> ReadVariables(const YamlNode* node) {
  std::map<std::string, Value> variables;
  if (node == nullptr) return variables;
  for (const YamlNode::Member& member : node->members) {
    variables[member.key] = ReadValue(member.value);
  }
  return variables;
}

std::map<std::string, VariableSource> ReadAppEnvironment(const YamlNode* node,
                                                         const std::string& path,
                                                         ConfigContext& context) {
  std::map<std::string, VariableSource> variables;
  if (node == nullptr) return variables;
  for (const YamlNode::Member& member : node->members) {
    const std::string subject = path + "." + member.key;
    if (!member.value.IsMap()) {
      variables[member.key] = member.value.scalar;
      continue;
    }
    const auto ref = context.ReadSecretRef(member.value, subject, subject + ".file");
    if (!ref) continue;
    CheckSecretPlace(*ref, subject, member.value, context);
    variables[member.key] = *ref;
  }
  return variables;
}

std::optional<SyncPolicy> ReadSync(const YamlNode& node) {
  const std::string text = TextOf(node, "sync");
  if (text.empty()) return std::nullopt;
  return text == "manual" ? SyncPolicy::kManual : SyncPolicy::kAuto;
}

std::optional<OnFailure> ReadOnFailure(const YamlNode& node) {
  const std::string text = TextOf(node, "onFailure");
  if (text.empty()) return std::nullopt;
  return text == "hold" ? OnFailure::kHold : OnFailure::kRollback;
}

EnvironmentSpec ReadEnvironment(const std::string& name, const YamlNode& node,
                                ConfigContext& context) {
  EnvironmentSpec spec;
  const std::string path = "environments." + name;
  spec.name = name;
  spec.location = context.At(node);
  if (node.Find("provider") != nullptr) spec.provider = TextOf(node, "provider");
  if (const auto sync = ReadSync(node)) spec.sync = *sync;
  if (const auto on_failure = ReadOnFailure(node)) spec.on_failure = *on_failure;
  if (const YamlNode* prune = node.Find("prune")) spec.prune = *ReadBoolean(*prune);
  if (node.Find("runAs") != nullptr) spec.run_as = TextOf(node, "runAs");
  if (const YamlNode* sudo = node.Find("allowSudo")) spec.allow_sudo = *ReadBoolean(*sudo);
  if (const YamlNode* share = node.Find("maxPrune")) {
    std::string text = share->scalar;
    if (text.back() == '%') text.pop_back();
    spec.max_prune_percent = static_cast<int>(*ParseInteger(text));
  }
  spec.environment = ReadAppEnvironment(node.Find("environment"), path + ".environment", context);
  spec.variables = ReadVariables(node.Find("variables"));
  const YamlNode* apps = node.Find("apps");
  if (apps == nullptr) return spec;
  for (const YamlNode::Member& member : apps->members) {
    AppOverride app;
    app.environment = ReadAppEnvironment(member.value.Find("environment"),
                                         path + ".apps." + member.key + ".environment", context);
    app.variables = ReadVariables(member.value.Find("variables"));
    app.sync = ReadSync(member.value);
    app.on_failure = ReadOnFailure(member.value);
    if (member.value.Find("runAs") != nullptr) app.run_as = TextOf(member.value, "runAs");
    spec.apps[member.key] = std::move(app);
  }
  return spec;
}

template <typename Number>
void TakeInteger(const YamlNode& limits, std::string_view key, Number& value) {
  if (const YamlNode* node = limits.Find(key)) value = static_cast<Number>(*ReadInteger(*node));
}

void TakeDuration(const YamlNode& limits, std::string_view key, std::chrono::seconds& value) {
  if (const YamlNode* node = limits.Find(key)) {
    value = std::chrono::duration_cast<std::chrono::seconds>(*ReadDuration(*node));
  }
}

void TakeSize(const YamlNode& limits, std::string_view key, std::int64_t& bytes) {
  if (const YamlNode* node = limits.Find(key)) {
    bytes = ReadSize(*node, SizeUnit::kMegabytes)->amount * 1024 * 1024;
  }
}

}  // namespace

std::map<std::string, EnvironmentSpec> ReadEnvironments(const YamlNode& environments,
                                                        ConfigContext& context) {
  std::map<std::string, EnvironmentSpec> specs;
  const Shape shape = ReconcilerEnvironmentShape();
  for (const YamlNode::Member& member : environments.members) {
    if (member.key.substr(0, 2) == "x-") continue;  // Free for people, like everywhere.
    if (HasErrors(CheckShape(member.value, shape, ""))) {
      specs[member.key].name = member.key;
      continue;
    }
    specs[member.key] = ReadEnvironment(member.key, member.value, context);
  }
  return specs;
}

Limits ReadLimits(const YamlNode& node) {
  Limits limits;
  if (HasErrors(CheckShape(node, ReconcilerLimitsShape(), ""))) return limits;
  TakeInteger(node, "parallelApps", limits.parallel_apps);
  TakeInteger(node, "parallelFetches", limits.parallel_fetches);
  TakeInteger(node, "keepSnapshots", limits.keep_snapshots);
  TakeDuration(node, "stepTimeout", limits.step_timeout);
  TakeDuration(node, "hookTimeout", limits.hook_timeout);
  TakeDuration(node, "stopGrace", limits.stop_grace);
  TakeSize(node, "runLogSize", limits.run_log_bytes);
  TakeSize(node, "repositorySize", limits.repository_bytes);
  TakeInteger(node, "appProcesses", limits.app_processes);
  TakeInteger(node, "appOpenFiles", limits.app_open_files);
  TakeSize(node, "appFileSize", limits.app_file_bytes);
  TakeSize(node, "appMemory", limits.app_memory_bytes);
  TakeSize(node, "appDisk", limits.app_disk_bytes);
  TakeInteger(node, "appFiles", limits.app_files);
  return limits;
}

AppUsers ReadAppUsers(const YamlNode& node, ConfigContext& context) {
  AppUsers users;
  if (HasErrors(CheckShape(node, ReconcilerAppUsersShape(), ""))) return users;
  const auto take = [&](std::string_view key, std::uint32_t& number) {
    if (const YamlNode* value = node.Find(key)) {
      number = static_cast<std::uint32_t>(*ReadInteger(*value));
    }
  };
  take("from", users.from);
  take("to", users.to);
  if (users.from > users.to) {
    context.Error("a range that ends before it begins",
                  std::to_string(users.from) + " is more than " + std::to_string(users.to),
                  "appUsers", node, "write the smaller number at `from`");
  }
  return users;
}

}  // namespace gitops
