#include "sources/manifest_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace gitops {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

ParsedManifest Parse(const std::string& text, const ManifestContext& context = {}) {
  auto parsed = ParseManifest(text, "m.yaml", context);
  EXPECT_TRUE(parsed.has_value()) << text << (parsed ? "" : parsed.error().ToString());
  return parsed ? *std::move(parsed) : ParsedManifest{};
}

Manifest Model(const std::string& text) { return Parse(text).manifest; }

const std::string kHead = "name: shop\npattern: single-vm\n";

TEST(ParseManifest, TheSmallestManifestHasDefaults) {
  const Manifest manifest = Model(kHead);
  EXPECT_EQ(manifest.name, "shop");
  EXPECT_EQ(manifest.pattern, "single-vm");
  EXPECT_THAT(manifest.supported_patterns, IsEmpty());
  EXPECT_EQ(manifest.provider, "");
  ASSERT_TRUE(manifest.setup && manifest.configure && manifest.healthcheck && manifest.teardown);
  EXPECT_EQ(manifest.setup->script, "deployment/setup.sh");
  EXPECT_EQ(manifest.teardown->script, "deployment/teardown.sh");
  EXPECT_FALSE(manifest.setup->declared);
  EXPECT_THAT(manifest.values, IsEmpty());
}

TEST(ParseManifest, KeepsIdentityAsWritten) {
  const Manifest manifest =
      Model(kHead + "version: 1.10\ndescription: |\n  two\n  lines\nprovider: grid\n");
  EXPECT_EQ(manifest.version, "1.10");
  EXPECT_EQ(manifest.description, "two\nlines\n");
  EXPECT_EQ(manifest.provider, "grid");
  EXPECT_EQ(manifest.locations.at("version").line, 3);
}

TEST(ParseManifest, EverySpellingOfThePatternIsTheSame) {
  for (const char* text : {"pattern: k3s\n", "pattern: {recommended: k3s}\n",
                           "patterns: {recommended: k3s}\n", "patterns:\n  supported: [k3s]\n",
                           "patterns: {recommended: k3s, supported: [k3s, gateway]}\n",
                           "pattern: k3s\npatterns: {recommended: k3s}\n",
                           "pattern: k3s\npatterns: {supported: [single-vm, k3s]}\n"}) {
    EXPECT_EQ(Model(std::string("name: a\n") + text).pattern, "k3s") << text;
  }
  EXPECT_THAT(Model("name: a\npattern: b\npatterns: {supported: [a, b]}\n").supported_patterns,
              ElementsAre("a", "b"));
}

TEST(ParseManifest, HooksAreAPathOrAMap) {
  const Manifest manifest = Model(
      kHead +
      "hooks:\n"
      "  setup: ./scripts/install.sh\n"
      "  configure: {script: a/b.sh, inputs: [src/**, ./etc/*], timeout: 90s, optional: true}\n"
      "  teardown: {timeout: 1500ms}\n"
      "hook_config: {healthcheck: {optional: true, description: x}}\n");
  EXPECT_EQ(manifest.setup->script, "scripts/install.sh");
  EXPECT_TRUE(manifest.setup->declared);
  EXPECT_EQ(manifest.setup->location.line, 4);
  EXPECT_EQ(manifest.configure->script, "a/b.sh");
  EXPECT_THAT(manifest.configure->inputs, ElementsAre("src/**", "etc/*"));
  EXPECT_EQ(manifest.configure->timeout, std::chrono::seconds(90));
  EXPECT_TRUE(manifest.configure->optional);
  EXPECT_EQ(manifest.teardown->script, "deployment/teardown.sh");
  EXPECT_TRUE(manifest.teardown->declared);
  EXPECT_EQ(manifest.teardown->timeout, std::chrono::seconds(2)) << "rounded up";
  EXPECT_FALSE(manifest.healthcheck->declared);
  EXPECT_TRUE(manifest.healthcheck->optional);
}

TEST(ParseManifest, ListedHooksAreKnownByTheirFileName) {
  const ParsedManifest parsed = Parse(
      kHead +
      "hooks: {setup: a.sh}\n"
      "deployment:\n  hooks: [./deployment/hooks/setup.sh, deployment/hooks/configure.sh, x.sh]\n");
  EXPECT_EQ(parsed.manifest.setup->script, "a.sh") << "hooks wins";
  EXPECT_EQ(parsed.manifest.configure->script, "deployment/hooks/configure.sh");
  ASSERT_EQ(parsed.diagnostics.size(), 2U);
  EXPECT_EQ(parsed.diagnostics[0].summary, "hook declared twice");
  EXPECT_EQ(parsed.diagnostics[1].severity, Severity::kWarning);
  EXPECT_THAT(parsed.diagnostics[1].detail, HasSubstr("x.sh"));
}

TEST(ParseManifest, EnvironmentEntries) {
  const ParsedManifest parsed =
      Parse(kHead +
            "environment:\n"
            "  - name: PROVIDER\n    options: [manual, cloud]\n    default: manual\n"
            "  - {name: TOKEN, secret: true, required: true, depends_on: {PROVIDER: cloud}}\n"
            "  - {name: FLAG, default: no, description: d}\n");
  const auto& environment = parsed.manifest.environment;
  ASSERT_EQ(environment.size(), 3U);
  EXPECT_EQ(environment[0].default_value, "manual");
  EXPECT_THAT(environment[0].options, ElementsAre("manual", "cloud"));
  EXPECT_EQ(environment[0].location.line, 4);
  EXPECT_TRUE(environment[1].secret);
  EXPECT_TRUE(environment[1].required);
  EXPECT_FALSE(environment[1].default_value.has_value());
  EXPECT_THAT(environment[1].depends_on, ElementsAre(Pair("PROVIDER", "cloud")));
  EXPECT_EQ(environment[2].default_value, "no") << "a text, never false";
  ASSERT_EQ(parsed.diagnostics.size(), 1U) << "a required variable without a value";
  EXPECT_EQ(parsed.diagnostics[0].severity, Severity::kNote);
}

TEST(ParseManifest, TheDefaultOfASecretIsDroppedWithAWarning) {
  const ParsedManifest parsed =
      Parse(kHead + "environment:\n  - {name: A, secret: true, default: hunter2}\n");
  EXPECT_FALSE(parsed.manifest.environment[0].default_value.has_value());
  ASSERT_EQ(parsed.diagnostics.size(), 1U);
  EXPECT_EQ(parsed.diagnostics[0].severity, Severity::kWarning);
  EXPECT_EQ(parsed.diagnostics[0].ToString().find("hunter2"), std::string::npos);
}

TEST(ParseManifest, AVariableThatIsNotDeclaredIsAWarning) {
  const ParsedManifest parsed =
      Parse(kHead + "environment:\n  - name: PROVIDER\n  - {name: A, depends_on: {PROVDER: x}}\n");
  ASSERT_EQ(parsed.diagnostics.size(), 1U);
  EXPECT_EQ(parsed.diagnostics[0].severity, Severity::kWarning);
  EXPECT_EQ(parsed.diagnostics[0].hint, "did you mean \"PROVIDER\"?");
}

TEST(ParseManifest, Commands) {
  const ManifestContext context{{}, {"status"}};
  const ParsedManifest parsed = Parse(
      kHead +
          "commands:\n"
          "  backup: {script: /opt/b.sh --all, args: '[x]', description: d, allocate_tty: false}\n"
          "  status: {script: /opt/s.sh}\n"
          "  x-note: free\n",
      context);
  const auto& commands = parsed.manifest.commands;
  ASSERT_EQ(commands.size(), 2U);
  EXPECT_EQ(commands.at("backup").script, "/opt/b.sh --all");
  EXPECT_FALSE(commands.at("backup").allocate_tty);
  EXPECT_EQ(commands.at("backup").location.line, 4);
  EXPECT_TRUE(commands.at("status").allocate_tty);
  ASSERT_EQ(parsed.diagnostics.size(), 1U);
  EXPECT_EQ(parsed.diagnostics[0].severity, Severity::kNote);
  EXPECT_THAT(parsed.diagnostics[0].hint, HasSubstr("tfgrid-compose run shop status"));
}

TEST(ParseManifest, DependenciesAreSorted) {
  const Manifest manifest = Model(kHead +
                                  "depends_on: [zoo, production/api, db]\n"
                                  "dependencies:\n  system: [wget, curl, wget]\n"
                                  "  external: [nodejs: '>=18', make, docker: '>=20']\n");
  EXPECT_THAT(manifest.depends_on, ElementsAre("db", "production/api", "zoo"));
  EXPECT_THAT(manifest.dependencies,
              ElementsAre("external:docker>=20", "external:make", "external:nodejs>=18",
                          "system:curl", "system:wget"));
}

TEST(ParseManifest, Healthchecks) {
  const Manifest manifest =
      Model(kHead +
            "healthchecks:\n"
            "  - {http: 'http://localhost:8080/health', interval: 500ms, timeout: 3s, retries: 5,\n"
            "     successes: 2, expected_status: 0}\n"
            "  - tcp: 5432\n"
            "  - tcp: db:5432\n"
            "  - command: ./deployment/check.sh --fast\n");
  ASSERT_EQ(manifest.healthchecks.size(), 4U);
  HealthProbe http;
  http.target = "http://localhost:8080/health";
  http.interval = std::chrono::milliseconds(500);
  http.timeout = std::chrono::seconds(3);
  http.retries = 5;
  http.successes = 2;
  http.expected_status = 0;
  EXPECT_EQ(manifest.healthchecks[0], http);
  EXPECT_EQ(manifest.healthchecks[1].kind, ProbeKind::kTcp);
  EXPECT_EQ(manifest.healthchecks[1].target, "localhost:5432");
  EXPECT_EQ(manifest.healthchecks[2].target, "db:5432");
  EXPECT_EQ(manifest.healthchecks[3].kind, ProbeKind::kCommand);
  EXPECT_EQ(manifest.healthchecks[3].target, "deployment/check.sh --fast");
}

TEST(ParseManifest, PortsKeepTheirLabels) {
  const Manifest manifest = Model(kHead + "resources:\n  ports: [22:ssh, 443, '80:http']\n");
  ASSERT_EQ(manifest.ports.size(), 3U);
  EXPECT_EQ(manifest.ports[0].port, 22);
  EXPECT_EQ(manifest.ports[0].label, "ssh");
  EXPECT_EQ(manifest.ports[1].port, 443);
  EXPECT_EQ(manifest.ports[1].label, "");
}

TEST(ParseManifest, KeysForPeopleAndFreeKeysAreSilent) {
  EXPECT_THAT(
      Parse(kHead + "tags: [a]\nauthor: x\nlicense: y\nmetadata: {a: b}\ndocumentation: {c: d}\n"
                    "x-team: {any: [thing]}\nresources: {x-note: y}\n")
          .diagnostics,
      IsEmpty());
}

TEST(ParseManifest, KeysWithoutEffectAreNotes) {
  const Diagnostics notes = Parse(kHead +
                                  "status: {method: systemd}\nlogging: {driver: x}\nstate: {}\n"
                                  "kubernetes: {manifests: [a]}\ncache_version: 1\n"
                                  "k3s: {token_secret: hunter2}\n")
                                .diagnostics;
  ASSERT_EQ(notes.size(), 6U);
  for (const Diagnostic& note : notes) {
    EXPECT_EQ(note.severity, Severity::kNote);
    EXPECT_EQ(note.summary, "key without effect");
    EXPECT_EQ(note.ToString().find("hunter2"), std::string::npos);
  }
}

}  // namespace
}  // namespace gitops
