// What patterns read: every form and unit of a manifest ends up under one path.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "sources/manifest_parser.h"

namespace gitops {
namespace {

using Values = std::map<std::string, std::string>;
using ::testing::IsSupersetOf;

ParsedManifest Parse(const std::string& text) {
  auto parsed = ParseManifest("name: shop\npattern: single-vm\n" + text, "m.yaml");
  EXPECT_TRUE(parsed.has_value()) << text << (parsed ? "" : parsed.error().ToString());
  return parsed ? *std::move(parsed) : ParsedManifest{};
}

/// The values as "text (type)", with "?" for an ambiguous unit.
Values ValuesOf(const std::string& text) {
  Values values;
  for (const auto& [path, value] : Parse(text).manifest.values) {
    values[path] = ToText(value.value) + (value.ambiguous_unit ? "?" : "");
  }
  return values;
}

struct Form {
  const char* what;
  const char* text;
  Values values;
};

class Forms : public ::testing::TestWithParam<Form> {};

TEST_P(Forms, GiveTheseValues) { EXPECT_EQ(ValuesOf(GetParam().text), GetParam().values); }

INSTANTIATE_TEST_SUITE_P(
    All, Forms,
    ::testing::Values(
        Form{"Bounds",
             "resources: {cpu: {min: 1, recommended: 2}, memory: {recommended: 4G, max: 1T}}\n",
             {{"resources.cpu.min", "1"},
              {"resources.cpu.recommended", "2"},
              {"resources.memory.recommended", "4096"},
              {"resources.memory.max", "1048576"}}},
        Form{"Flat",
             "resources: {cpu: 4, memory: 8192, disk: 100}\n",
             {{"resources.cpu", "4"},
              {"resources.cpu.recommended", "4"},
              {"resources.memory", "8192"},
              {"resources.memory.recommended", "8192"},
              {"resources.disk", "100"},
              {"resources.disk.recommended", "100"}}},
        Form{"Minimum",
             "resources: {cpu: {minimum: 2}}\n",
             {{"resources.cpu.minimum", "2"}, {"resources.cpu.min", "2"}}},
        Form{"Config",
             "config: {node: 8, cpu: 4, memory: 8192, disk: 102400}\n",
             {{"config.node", "8"},
              {"nodes.vm", "8"},
              {"config.cpu", "4"},
              {"resources.cpu.recommended", "4"},
              {"config.memory", "8192"},
              {"resources.memory.recommended", "8192"},
              {"config.disk", "100"},
              {"resources.disk.recommended", "100"}}},
        Form{"ConfigDiskWithSuffix",
             "config: {disk: 50G}\n",
             {{"config.disk", "50"}, {"resources.disk.recommended", "50"}}},
        Form{"ConfigDiskTooSmallForMegabytes",
             "config: {disk: 50}\n",
             {{"config.disk", "50?"}, {"resources.disk.recommended", "50?"}}},
        Form{"Roles",
             "resources: {vm: {cpu: 1, memory: 2G, disk: 50}, worker: {disk: 1T, count: 3}}\n",
             {{"resources.vm.cpu", "1"},
              {"resources.vm.memory", "2048"},
              {"resources.vm.disk", "50"},
              {"resources.worker.disk", "1024"},
              {"resources.worker.count", "3"},
              {"nodes.workers.count", "3"}}},
        Form{"AmbiguousDisk",
             "resources: {gitea: {disk: 51200}, vm: {disk: 10240}, gateway: {disk: 51200M}}\n",
             {{"resources.gitea.disk", "51200?"},
              {"resources.vm.disk", "10240"},
              {"resources.gateway.disk", "50"}}},
        Form{"Control",
             "resources: {control: {cpu: 2, count: 3}}\n",
             {{"resources.control.cpu", "2"},
              {"resources.master.cpu", "2"},
              {"resources.control.count", "3"},
              {"nodes.masters.count", "3"}}},
        Form{"Nodes",
             "nodes: {vm: 8, gateway: [1], backend: [8, 13], master: 1, workers: [8, 13]}\n",
             {{"nodes.vm", "8"},
              {"nodes.gateway", "1"},
              {"nodes.backend", "[8, 13]"},
              {"nodes.master", "1"},
              {"nodes.workers", "[8, 13]"}}},
        Form{"OneNode",
             "nodes: {gateway: 1, backend: 8}\n",
             {{"nodes.gateway", "1"}, {"nodes.backend", "[8]"}}},
        Form{"Counts",
             "nodes: {masters: {count: 3}, workers: {count: 2}, ingress: {count: 0}}\n",
             {{"nodes.masters.count", "3"},
              {"nodes.workers.count", "2"},
              {"nodes.ingress.count", "0"}}},
        Form{"Cluster",
             "cluster: {control_nodes: 3, worker_nodes: 5}\n"
             "nodes: {control: {cpu: 2, memory: 4G, storage: 50}}\n"
             "features: {metallb: true, logging: false}\n",
             {{"cluster.control_nodes", "3"},
              {"nodes.masters.count", "3"},
              {"cluster.worker_nodes", "5"},
              {"nodes.workers.count", "5"},
              {"nodes.control.cpu", "2"},
              {"nodes.control.memory", "4096"},
              {"nodes.control.disk", "50"},
              {"resources.master.cpu", "2"},
              {"resources.master.memory", "4096"},
              {"resources.master.disk", "50"},
              {"features.metallb", "true"},
              {"features.logging", "false"}}},
        Form{"NetworksAsText",
             "network: {provision: 'wireguard, mycelium', prefer: wireguard, inter_node: "
             "mycelium}\n",
             {{"network.provision", "[mycelium, wireguard]"},
              {"network.prefer", "[wireguard]"},
              {"network.inter_node", "mycelium"}}},
        Form{"NetworksAsList",
             "network: {provision: [ipv4, mycelium, ipv4], prefer: [ipv4, mycelium]}\n",
             {{"network.provision", "[mycelium, ipv4]"}, {"network.prefer", "[ipv4, mycelium]"}}},
        Form{"AllNetworks",
             "network: {provision: all}\n",
             {{"network.provision", "[mycelium, wireguard, ipv4, ipv6]"}}},
        Form{"PublicAddress",
             "network: {provision: mycelium, public_ipv4: true}\n",
             {{"network.provision", "[mycelium, ipv4]"}, {"network.public_ipv4", "true"}}},
        Form{"LegacyNetwork",
             "network: {main: public, mode: both}\n",
             {{"network.main", "public"},
              {"network.mode", "both"},
              {"network.prefer", "[ipv4]"},
              {"network.provision", "[mycelium, wireguard]"}}},
        Form{"LegacyNetworkDoesNotOverride",
             "network: {main: wireguard, mode: wireguard-only, provision: ipv6, prefer: ipv6}\n",
             {{"network.main", "wireguard"},
              {"network.mode", "wireguard-only"},
              {"network.prefer", "[ipv6]"},
              {"network.provision", "[ipv6]"}}},
        Form{"Gateway",
             "gateway: {mode: proxy, domains: [a.example, '*.b.example'], ssl: {enabled: true, "
             "email: x@y.z}}\nbackend: {count: 2}\n",
             {{"gateway.mode", "proxy"},
              {"gateway.domains", "[a.example, *.b.example]"},
              {"gateway.domain", "a.example"},
              {"gateway.ssl.enabled", "true"},
              {"gateway.ssl.email", "x@y.z"},
              {"backend.count", "2"}}},
        Form{"GatewayOtherForms",
             "gateway: {type: nat, domain: a.example, ssl: true}\nbackends: [{name: a}, {port: "
             "80}]\n",
             {{"gateway.type", "nat"},
              {"gateway.mode", "nat"},
              {"gateway.domains", "[a.example]"},
              {"gateway.domain", "a.example"},
              {"gateway.ssl.enabled", "true"},
              {"backends.count", "2"},
              {"backend.count", "2"}}},
        Form{"K3s",
             "k3s: {version: v1.28.5+k3s1, features: [traefik]}\n",
             {{"k3s.version", "v1.28.5+k3s1"}, {"k3s.features", "[traefik]"}}},
        Form{"Variables",
             "variables:\n"
             "  domain: {type: string, default: '', required: false}\n"
             "  cpu: {type: number, default: 8, min: 1, max: 16}\n"
             "  ratio: {type: number, default: 1.50}\n"
             "  flag: {type: boolean, default: true}\n"
             "  nodes: {type: list(number), default: [1, 2]}\n"
             "  text: {type: string, default: 010}\n"
             "  none: {type: string}\n"
             "  short: x.example\n"
             "  number: 3\n"
             "  words: [a, 1]\n"
             "  data_disk: 51200\n"
             "  log_disk: {type: integer, default: 50GB}\n",
             {{"variables.cpu", "8"},
              {"variables.ratio", "1.50"},
              {"variables.flag", "true"},
              {"variables.nodes", "[1, 2]"},
              {"variables.text", "010"},
              {"variables.short", "x.example"},
              {"variables.number", "3"},
              {"variables.words", "[a, 1]"},
              {"variables.data_disk", "51200?"},
              {"variables.log_disk", "50GB"}}}),
    [](const auto& param_info) { return std::string(param_info.param.what); });

TEST(ManifestValues, HaveTheRightTypes) {
  const auto values = Parse(
                          "variables: {a: 3, b: '3', c: true, d: 'true', e: [1], f: ['1']}\n"
                          "nodes: {backend: 8}\nnetwork: {provision: all}\n")
                          .manifest.values;
  EXPECT_TRUE(std::holds_alternative<std::int64_t>(values.at("variables.a").value));
  EXPECT_TRUE(std::holds_alternative<std::string>(values.at("variables.b").value));
  EXPECT_TRUE(std::holds_alternative<bool>(values.at("variables.c").value));
  EXPECT_TRUE(std::holds_alternative<std::string>(values.at("variables.d").value));
  EXPECT_TRUE(std::holds_alternative<std::vector<std::int64_t>>(values.at("variables.e").value));
  EXPECT_TRUE(std::holds_alternative<std::vector<std::string>>(values.at("variables.f").value));
  EXPECT_TRUE(std::holds_alternative<std::vector<std::int64_t>>(values.at("nodes.backend").value));
  EXPECT_TRUE(
      std::holds_alternative<std::vector<std::string>>(values.at("network.provision").value));
}

TEST(ManifestValues, KnowTheirPlaceAlsoUnderAnotherPath) {
  const auto values = Parse("config:\n  cpu: 4\n").manifest.values;
  EXPECT_EQ(values.at("config.cpu").location, (Location{"m.yaml", 4, 8}));
  EXPECT_EQ(values.at("resources.cpu.recommended").location, (Location{"m.yaml", 4, 8}));
}

TEST(ManifestValues, AmbiguousUnitsAreWarnings) {
  for (const char* text : {"resources: {vm: {disk: 51200}}\n", "config: {disk: 100}\n",
                           "variables: {x_disk: 51200}\n", "resources: {disk: 20480}\n"}) {
    const Diagnostics warnings = Parse(text).diagnostics;
    ASSERT_EQ(warnings.size(), 1U) << text;
    EXPECT_EQ(warnings[0].severity, Severity::kWarning);
    EXPECT_EQ(warnings[0].summary, "ambiguous unit");
    EXPECT_EQ(warnings[0].location.line, 3);
  }
}

TEST(ManifestValues, ThePathItselfWinsOverOtherSpellings) {
  const ParsedManifest parsed = Parse("config: {cpu: 4}\nresources: {cpu: {recommended: 2}}\n");
  EXPECT_EQ(ToText(parsed.manifest.values.at("resources.cpu.recommended").value), "2");
  ASSERT_EQ(parsed.diagnostics.size(), 1U);
  EXPECT_EQ(parsed.diagnostics[0].summary, "value set twice");
  EXPECT_EQ(parsed.diagnostics[0].subject, "config.cpu");
}

TEST(ManifestValues, SeveralGatewayNodesAreAWarning) {
  const ParsedManifest parsed = Parse("nodes: {gateway: [3, 4]}\n");
  EXPECT_EQ(ToText(parsed.manifest.values.at("nodes.gateway").value), "3");
  ASSERT_EQ(parsed.diagnostics.size(), 1U);
  EXPECT_EQ(parsed.diagnostics[0].severity, Severity::kWarning);
}

}  // namespace
}  // namespace gitops
