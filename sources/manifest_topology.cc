// Networks, nodes, gateways and clusters of a manifest, and the one path for what has several
// spellings.
#include <algorithm>
#include <optional>

#include "sources/manifest_draft.h"
#include "sources/manifest_rules.h"
#include "sources/manifest_sizes.h"
#include "sources/manifest_words.h"

namespace gitops {
namespace {

using Words = std::vector<std::string>;

/// The networks of a text with commas or of a list, `all` written out, each once; nullopt when
/// something in it is no network.
std::optional<Words> NetworksAt(const YamlNode* map, std::string_view key) {
  const YamlNode* node = ManifestDraft::Find(map, key);
  if (node == nullptr) return std::nullopt;
  Words networks;
  const auto add = [&networks](std::string word) {
    if (std::find(networks.begin(), networks.end(), word) == networks.end()) {
      networks.push_back(std::move(word));
    }
  };
  for (const std::string& text : ReadTextList(*node)) {
    if (!CheckNetworksRule(text).empty()) return std::nullopt;
    for (std::string& word : SplitWords(text)) {
      if (word != "all") {
        add(std::move(word));
        continue;
      }
      for (const std::string_view network : kNetworks) add(std::string(network));
    }
  }
  if (networks.empty()) return std::nullopt;
  return networks;
}

/// `provision` is a set: in one order, so that writing it otherwise changes nothing.
Words InFixedOrder(const Words& networks) {
  Words result;
  for (const std::string_view network : kNetworks) {
    if (std::find(networks.begin(), networks.end(), network) != networks.end()) {
      result.emplace_back(network);
    }
  }
  return result;
}

Words ProvisionOfMode(const std::string& mode) {
  if (mode == "wireguard-only") return {"wireguard"};
  if (mode == "mycelium-only") return {"mycelium"};
  if (mode == "both") return {"mycelium", "wireguard"};
  return {};
}

Words PreferOfMain(const std::string& main) {
  if (main == "public") return {"ipv4"};
  if (main == "wireguard" || main == "mycelium") return {main};
  return {};
}

void SetText(ManifestDraft& draft, const std::string& path, const YamlNode* node) {
  if (node != nullptr && node->IsScalar()) draft.SetValue(path, node->scalar, *node);
}

void SetBoolean(ManifestDraft& draft, const std::string& path, const YamlNode* node) {
  if (node == nullptr) return;
  if (const auto reading = ReadBoolean(*node)) draft.SetValue(path, *reading, *node);
}

std::vector<std::int64_t> Integers(const YamlNode& node) {
  std::vector<std::int64_t> numbers;
  if (const auto number = ReadInteger(node)) numbers.push_back(*number);
  for (const YamlNode& item : node.items) {
    if (const auto number = ReadInteger(item)) numbers.push_back(*number);
  }
  return numbers;
}

/// A group of machines: `{count: 3, cpu: 2, …}`, or the nodes they stand on.
void ReadNodeGroup(ManifestDraft& draft, const std::string& path, const YamlNode& node) {
  if (!node.IsMap()) {
    const auto nodes = Integers(node);
    if (!nodes.empty()) draft.SetValue(path, nodes, node);
    return;
  }
  if (const YamlNode* value = node.Find("count")) SetInteger(draft, path + ".count", *value);
  if (const YamlNode* value = node.Find("cpu")) SetInteger(draft, path + ".cpu", *value);
  if (const YamlNode* value = node.Find("memory")) SetMemory(draft, path + ".memory", *value);
  if (const YamlNode* value = node.Find("storage")) SetDisk(draft, path + ".disk", *value);
  if (const YamlNode* value = node.Find("disk")) SetDisk(draft, path + ".disk", *value);
}

void ReadNodes(ManifestDraft& draft) {
  const YamlNode* nodes = draft.root.Find("nodes");
  for (const char* key : {"vm", "master"}) {
    const YamlNode* node = draft.Find(nodes, key);
    if (node != nullptr) SetInteger(draft, std::string("nodes.") + key, *node);
  }
  if (const YamlNode* node = draft.Find(nodes, "gateway")) {
    const auto numbers = Integers(*node);
    if (!numbers.empty()) draft.SetValue("nodes.gateway", numbers.front(), *node);
    if (numbers.size() > 1) {
      draft.Report(Severity::kWarning, "only the first node is used",
                   "an app has one gateway; it stands on node " + std::to_string(numbers.front()),
                   "nodes.gateway", *node, "write: gateway: " + std::to_string(numbers.front()));
    }
  }
  for (const char* key : {"backend", "masters", "workers", "ingress", "control", "worker"}) {
    const YamlNode* node = draft.Find(nodes, key);
    if (node != nullptr) ReadNodeGroup(draft, std::string("nodes.") + key, *node);
  }
}

void ReadGateway(ManifestDraft& draft) {
  const YamlNode* gateway = draft.root.Find("gateway");
  SetText(draft, "gateway.mode", draft.Find(gateway, "mode"));
  SetText(draft, "gateway.type", draft.Find(gateway, "type"));
  const YamlNode* one = draft.Find(gateway, "domain");
  const YamlNode* many = draft.Find(gateway, "domains");
  Words domains = many == nullptr ? Words() : ReadTextList(*many);
  if (one != nullptr && one->IsScalar() &&
      std::find(domains.begin(), domains.end(), one->scalar) == domains.end()) {
    domains.insert(domains.begin(), one->scalar);
  }
  if (!domains.empty()) {
    const YamlNode& place = many != nullptr ? *many : *one;
    draft.SetValue("gateway.domain", domains.front(), place);
    draft.SetValue("gateway.domains", std::move(domains), place);
  }
  const YamlNode* ssl = draft.Find(gateway, "ssl");
  SetBoolean(draft, "gateway.ssl.enabled",
             ssl != nullptr && ssl->IsScalar() ? ssl : draft.Find(ssl, "enabled"));
  SetText(draft, "gateway.ssl.email", draft.Find(ssl, "email"));
}

void ReadBackends(ManifestDraft& draft) {
  if (const YamlNode* count = draft.Find(draft.root.Find("backend"), "count")) {
    SetInteger(draft, "backend.count", *count);
  }
  const YamlNode* backends = draft.root.Find("backends");
  if (backends == nullptr || backends->items.empty()) return;
  draft.SetValue("backends.count", static_cast<std::int64_t>(backends->items.size()), *backends);
}

/// Paths that mean the same; the right one is what patterns are written for.
struct Alias {
  std::string_view from;
  std::string_view to;
};

constexpr Alias kAliases[] = {
    {"resources.cpu", "resources.cpu.recommended"},
    {"resources.memory", "resources.memory.recommended"},
    {"resources.disk", "resources.disk.recommended"},
    {"resources.cpu.minimum", "resources.cpu.min"},
    {"resources.memory.minimum", "resources.memory.min"},
    {"resources.disk.minimum", "resources.disk.min"},
    {"config.cpu", "resources.cpu.recommended"},
    {"config.memory", "resources.memory.recommended"},
    {"config.disk", "resources.disk.recommended"},
    {"config.node", "nodes.vm"},
    {"resources.control.cpu", "resources.master.cpu"},
    {"resources.control.memory", "resources.master.memory"},
    {"resources.control.disk", "resources.master.disk"},
    {"nodes.control.cpu", "resources.master.cpu"},
    {"nodes.control.memory", "resources.master.memory"},
    {"nodes.control.disk", "resources.master.disk"},
    {"nodes.masters.cpu", "resources.master.cpu"},
    {"nodes.masters.memory", "resources.master.memory"},
    {"nodes.masters.disk", "resources.master.disk"},
    {"nodes.worker.cpu", "resources.worker.cpu"},
    {"nodes.worker.memory", "resources.worker.memory"},
    {"nodes.worker.disk", "resources.worker.disk"},
    {"nodes.workers.cpu", "resources.worker.cpu"},
    {"nodes.workers.memory", "resources.worker.memory"},
    {"nodes.workers.disk", "resources.worker.disk"},
    {"nodes.ingress.cpu", "resources.ingress.cpu"},
    {"nodes.ingress.memory", "resources.ingress.memory"},
    {"nodes.ingress.disk", "resources.ingress.disk"},
    {"nodes.control", "nodes.masters"},
    {"nodes.worker", "nodes.workers"},
    {"resources.master.count", "nodes.masters.count"},
    {"resources.control.count", "nodes.masters.count"},
    {"nodes.control.count", "nodes.masters.count"},
    {"cluster.control_nodes", "nodes.masters.count"},
    {"resources.worker.count", "nodes.workers.count"},
    {"nodes.worker.count", "nodes.workers.count"},
    {"cluster.worker_nodes", "nodes.workers.count"},
    {"resources.ingress.count", "nodes.ingress.count"},
    {"resources.backend.count", "backend.count"},
    {"backends.count", "backend.count"},
    {"gateway.type", "gateway.mode"},
};

}  // namespace

void ReadNetworks(ManifestDraft& draft) {
  const YamlNode* network = draft.root.Find("network");
  if (network == nullptr) return;
  SetText(draft, "network.inter_node", network->Find("inter_node"));
  SetText(draft, "network.main", network->Find("main"));
  SetText(draft, "network.mode", network->Find("mode"));
  SetBoolean(draft, "network.public_ipv4", network->Find("public_ipv4"));

  auto provision = NetworksAt(network, "provision");
  const YamlNode* provision_node = network->Find("provision");
  if (provision && draft.BoolAt(network, "public_ipv4", false)) provision->push_back("ipv4");
  if (!provision && provision_node == nullptr) {
    provision_node = network->Find("mode");
    provision = ProvisionOfMode(draft.TextAt(network, "mode"));
  }
  if (provision && !provision->empty()) {
    draft.SetValue("network.provision", InFixedOrder(*provision), *provision_node);
  }
  auto prefer = NetworksAt(network, "prefer");
  const YamlNode* prefer_node = network->Find("prefer");
  if (!prefer && prefer_node == nullptr) {
    prefer_node = network->Find("main");
    prefer = PreferOfMain(draft.TextAt(network, "main"));
  }
  if (prefer && !prefer->empty()) draft.SetValue("network.prefer", *prefer, *prefer_node);
}

void ReadTopology(ManifestDraft& draft) {
  ReadNodes(draft);
  ReadGateway(draft);
  ReadBackends(draft);
  const YamlNode* k3s = draft.root.Find("k3s");
  SetText(draft, "k3s.version", draft.Find(k3s, "version"));
  if (const YamlNode* list = draft.Find(k3s, "features"); list != nullptr && list->IsList()) {
    draft.SetValue("k3s.features", ReadTextList(*list), *list);
  }
  const YamlNode* cluster = draft.root.Find("cluster");
  for (const char* key : {"control_nodes", "worker_nodes"}) {
    const YamlNode* node = draft.Find(cluster, key);
    if (node != nullptr) SetInteger(draft, std::string("cluster.") + key, *node);
  }
  const YamlNode* features = draft.root.Find("features");
  for (const char* key : {"metallb", "ingress", "monitoring", "logging"}) {
    SetBoolean(draft, std::string("features.") + key, draft.Find(features, key));
  }
}

void AddAliases(ManifestDraft& draft) {
  auto& values = draft.manifest.values;
  for (const Alias& alias : kAliases) {
    const auto from = values.find(alias.from);
    if (from == values.end()) continue;
    const auto to = values.find(alias.to);
    if (to == values.end()) {
      values.emplace(alias.to, from->second);
      continue;
    }
    if (to->second.value == from->second.value) continue;
    draft.diagnostics.push_back(
        Diagnostic{Severity::kWarning, "value set twice",
                   from->first + " says " + ToText(from->second.value) + ", but " + to->first +
                       " on line " + std::to_string(to->second.location.line) + " says " +
                       ToText(to->second.value) + ", which is used",
                   from->first, from->second.location, "keep one of the two"});
  }
}

}  // namespace gitops
