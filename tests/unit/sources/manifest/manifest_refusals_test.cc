// What a manifest must not hold: each defect is refused at its place, with its key path.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sources/manifest_parser.h"

namespace gitops {
namespace {

using ::testing::HasSubstr;

const ManifestContext& Context() {
  static const ManifestContext context{{"single-vm", "gateway", "k3s"}, {}};
  return context;
}

/// A defect in line 3 or later, behind a good name and pattern; or a whole file when it begins with
/// "!".
struct Defect {
  const char* what;
  std::string text;
  int line;
  const char* subject;
  const char* message;
};

class Defects : public ::testing::TestWithParam<Defect> {};

TEST_P(Defects, AreRefusedOnce) {
  const Defect& defect = GetParam();
  const std::string text = defect.text[0] == '!' ? defect.text.substr(1)
                                                 : "name: shop\npattern: single-vm\n" + defect.text;
  const auto parsed = ParseManifest(text, "m.yaml", Context());
  ASSERT_FALSE(parsed.has_value());
  const Diagnostics& problems = parsed.error().diagnostics;
  EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalid);
  ASSERT_EQ(problems.size(), 1U) << problems[0].ToString() << "\n" << problems.back().ToString();
  EXPECT_EQ(problems[0].location.file, "m.yaml");
  EXPECT_EQ(problems[0].location.line, defect.line) << problems[0].ToString();
  EXPECT_GT(problems[0].location.column, 0);
  EXPECT_EQ(problems[0].subject, defect.subject) << problems[0].ToString();
  EXPECT_THAT(problems[0].ToString(), HasSubstr(defect.message));
}

std::string TestName(const ::testing::TestParamInfo<Defect>& param_info) {
  return param_info.param.what;
}

INSTANTIATE_TEST_SUITE_P(
    Identity, Defects,
    ::testing::Values(
        Defect{"NoName", "!pattern: single-vm\n", 1, "name", "required"},
        Defect{"NullName", "!name:\npattern: single-vm\n", 1, "name", "text expected"},
        Defect{"ListName", "!name: [a]\npattern: single-vm\n", 1, "name", "text expected"},
        Defect{"EmptyName", "!name: ''\npattern: single-vm\n", 1, "name", "empty"},
        Defect{"UpperName", "!name: Shop\npattern: single-vm\n", 1, "name", "a-z 0-9 -"},
        Defect{"DashName", "!name: -rf\npattern: single-vm\n", 1, "name", "a-z 0-9 -"},
        Defect{"DotsName", "!name: ..\npattern: single-vm\n", 1, "name", "a-z 0-9 -"},
        Defect{"LongName", "!name: " + std::string(64, 'a') + "\npattern: single-vm\n", 1, "name",
               "at most 63"},
        Defect{"VersionList", "version: [1]\n", 3, "version", "text expected"},
        Defect{"VersionLines", "version: \"1\\n2\"\n", 3, "version", "one line"},
        Defect{"Provider", "provider: ../x\n", 3, "provider", "a-z 0-9 -"},
        Defect{"UnknownKey", "resorces: {}\n", 3, "resorces", "did you mean \"resources\"?"},
        Defect{"KeyOfAnotherPlace", "cpu: 2\n", 3, "cpu", "did you mean \"resources.cpu\"?"},
        Defect{"Misplaced", "memory_limit_of_all: 2\n", 3, "memory_limit_of_all",
               "docs/manifest.md"},
        Defect{"Root", "!- a\n", 1, "", "mapping expected"},
        Defect{"PatternDefinition", "!name: a\nplatform: {provider: ansible}\n", 2, "platform",
               "pattern definition"}),
    TestName);

INSTANTIATE_TEST_SUITE_P(
    Pattern, Defects,
    ::testing::Values(
        Defect{"None", "!name: a\n", 1, "pattern", "required"},
        Defect{"Unknown", "!name: a\npattern: kubernetes\n", 2, "pattern",
               "known: single-vm, gateway, k3s"},
        Defect{"Typo", "!name: a\npatterns: {recommended: singel-vm, supported: [singel-vm]}\n", 2,
               "patterns.recommended", "did you mean \"single-vm\"?"},
        Defect{"KeyTypo", "!name: a\npatern: single-vm\n", 2, "patern",
               "did you mean \"pattern\"?"},
        Defect{"Null", "!name: a\npattern:\n", 2, "pattern", "found nothing"},
        Defect{"NullMap", "!name: a\npatterns:\n", 2, "patterns", "no pattern is named"},
        Defect{"List", "!name: a\npattern: [single-vm]\n", 2, "pattern", "found a list"},
        Defect{"Path", "!name: a\npattern: ../single-vm\n", 2, "pattern", "a-z 0-9 -"},
        Defect{"EmptySupported", "!name: a\npatterns: {recommended: k3s, supported: []}\n", 2,
               "patterns.supported", "empty"},
        Defect{"ScalarSupported", "!name: a\npatterns: {recommended: k3s, supported: k3s}\n", 2,
               "patterns.supported", "list expected"},
        Defect{"NotSupported", "!name: a\npatterns: {recommended: gateway, supported: [k3s]}\n", 2,
               "patterns.recommended", "gateway"},
        Defect{"NotRecommended", "!name: a\npatterns: {supported: [k3s, gateway]}\n", 2,
               "patterns.recommended", "several"},
        Defect{"Disagree", "!name: a\npattern: k3s\npatterns: {recommended: gateway}\n", 3,
               "patterns.recommended", "line 2"}),
    TestName);

INSTANTIATE_TEST_SUITE_P(
    Hooks, Defects,
    ::testing::Values(
        Defect{"Parent", "hooks: {setup: ../x.sh}\n", 3, "hooks.setup", "outside the repository"},
        Defect{"InnerParent", "hooks: {setup: a/../x.sh}\n", 3, "hooks.setup",
               "outside the repository"},
        Defect{"Absolute", "hooks: {setup: /bin/sh}\n", 3, "hooks.setup", "absolute"},
        Defect{"Home", "hooks: {setup: ~/x.sh}\n", 3, "hooks.setup", "absolute"},
        Defect{"Git", "hooks: {setup: a/.GIT/x}\n", 3, "hooks.setup", ".git"},
        Defect{"GitShort", "hooks: {setup: git~1/x}\n", 3, "hooks.setup", ".git"},
        Defect{"Backslash", "hooks: {setup: 'a\\b.sh'}\n", 3, "hooks.setup", "not \\"},
        Defect{"CommandLine", "hooks: {setup: 'a.sh && b'}\n", 3, "hooks.setup", "command line"},
        Defect{"Substitution", "hooks: {setup: $(id)}\n", 3, "hooks.setup", "command line"},
        Defect{"Url", "hooks: {setup: 'https://x/y.sh'}\n", 3, "hooks.setup", "empty part"},
        Defect{"TrailingSlash", "hooks: {setup: deployment/}\n", 3, "hooks.setup", "empty part"},
        Defect{"Empty", "hooks: {setup: ''}\n", 3, "hooks.setup", "empty"},
        Defect{"Null", "hooks:\n  setup:\n", 4, "hooks.setup", "found nothing"},
        Defect{"List", "hooks: {setup: [a]}\n", 3, "hooks.setup", "found a list"},
        Defect{"TooLong", "hooks: {setup: " + std::string(2000, 'a') + "}\n", 3, "hooks.setup",
               "too long"},
        Defect{"ComponentTooLong", "hooks: {setup: a/" + std::string(300, 'a') + "}\n", 3,
               "hooks.setup", "too long"},
        Defect{"Typo", "hooks: {setpu: a.sh}\n", 3, "hooks.setpu", "did you mean \"setup\"?"},
        Defect{"MapPath", "hooks: {setup: {script: ../x}}\n", 3, "hooks.setup.script", "outside"},
        Defect{"Timeout", "hooks: {setup: {timeout: 5}}\n", 3, "hooks.setup.timeout", "5s"},
        Defect{"TimeoutRange", "hooks: {setup: {timeout: 25h}}\n", 3, "hooks.setup.timeout",
               "1s to 24h"},
        Defect{"Inputs", "hooks: {setup: {inputs: [../**]}}\n", 3, "hooks.setup.inputs[0]",
               "outside"},
        Defect{"Optional", "hook_config: {configure: {optional: yes}}\n", 3,
               "hook_config.configure.optional", "true or false"},
        Defect{"EnvFile", "env_file: ../../etc/shadow\n", 3, "env_file", "outside"},
        Defect{"Listed", "deployment: {hooks: [/x.sh]}\n", 3, "deployment.hooks[0]", "absolute"}),
    TestName);

INSTANTIATE_TEST_SUITE_P(
    Environment, Defects,
    ::testing::Values(
        Defect{"Scalar", "environment: A=hunter2\n", 3, "environment", "list expected"},
        Defect{"Map", "environment: {A: hunter2}\n", 3, "environment", "list expected"},
        Defect{"TextItem", "environment: [A=hunter2]\n", 3, "environment[0]", "mapping expected"},
        Defect{"NullItem", "environment:\n  -\n", 4, "environment[0].name", "required"},
        Defect{"NoName", "environment: [{default: a}]\n", 3, "environment[0].name", "required"},
        Defect{"EmptyName", "environment: [{name: ''}]\n", 3, "environment[0].name", "empty"},
        Defect{"Lower", "environment: [{name: domain}]\n", 3, "environment[0].name", "A-Z 0-9 _"},
        Defect{"Digit", "environment: [{name: 1A}]\n", 3, "environment[0].name", "A-Z 0-9 _"},
        Defect{"Equals", "environment: [{name: 'A=B'}]\n", 3, "environment[0].name", "A-Z 0-9 _"},
        Defect{"Path", "environment: [{name: PATH}]\n", 3, "environment[0].name", "reserved"},
        Defect{"Loader", "environment: [{name: LD_AUDIT}]\n", 3, "environment[0].name", "reserved"},
        Defect{"Shell", "environment: [{name: IFS}]\n", 3, "environment[0].name", "reserved"},
        Defect{"Git", "environment: [{name: GIT_SSH_COMMAND}]\n", 3, "environment[0].name",
               "reserved"},
        Defect{"Ansible", "environment: [{name: ANSIBLE_CONFIG}]\n", 3, "environment[0].name",
               "reserved"},
        Defect{"Ours", "environment: [{name: TFGRID_APP_NAME}]\n", 3, "environment[0].name",
               "reserved"},
        Defect{"Twice", "environment:\n  - name: A\n  - name: A\n", 5, "environment[1].name",
               "line 4"},
        Defect{"Required", "environment: [{name: A, required: 1}]\n", 3, "environment[0].required",
               "true or false"},
        Defect{"Options", "environment: [{name: A, default: z, options: [x, y]}]\n", 3,
               "environment[0].default", "x, y"},
        Defect{"NoOptions", "environment: [{name: A, options: []}]\n", 3, "environment[0].options",
               "empty"},
        Defect{"NullDefault", "environment: [{name: A, default: }]\n", 3, "environment[0].default",
               "found nothing"},
        Defect{"ListDefault", "environment: [{name: A, default: [x]}]\n", 3,
               "environment[0].default", "text expected"},
        Defect{"Huge", "environment: [{name: A, default: " + std::string(140'000, 'x') + "}]\n", 3,
               "environment[0].default", "too large"},
        Defect{"NearlyHuge",
               "environment: [{name: ABC, default: " + std::string(131'070, 'x') + "}]\n", 3,
               "environment[0].default", "too large"},
        Defect{"KeyTypo", "environment: [{name: A, defualt: x}]\n", 3, "environment[0].defualt",
               "did you mean \"default\"?"}),
    TestName);

INSTANTIATE_TEST_SUITE_P(
    Values, Defects,
    ::testing::Values(
        Defect{"Word", "resources: {cpu: {min: one}}\n", 3, "resources.cpu.min", "integer"},
        Defect{"Zero", "resources: {cpu: 0}\n", 3, "resources.cpu", "1 to 1024"},
        Defect{"Negative", "resources: {cpu: -1}\n", 3, "resources.cpu", "1 to 1024"},
        Defect{"Quoted", "resources: {memory: \"4096\"}\n", 3, "resources.memory",
               "remove the quotes"},
        Defect{"MemoryInGigabytes", "resources: {memory: 8}\n", 3, "resources.memory", "8G"},
        Defect{"Overflow", "resources: {memory: 99999999999999999999}\n", 3, "resources.memory",
               "too large"},
        Defect{"Order", "resources:\n  disk:\n    min: 100\n    recommended: 50\n", 5,
               "resources.disk.min", "greater"},
        Defect{"OrderWithSuffix", "resources: {memory: {min: 4G, recommended: 4000}}\n", 3,
               "resources.memory.min", "greater"},
        Defect{"RoleTypo", "resources: {gatway: {cpu: 1}}\n", 3, "resources.gatway",
               "did you mean \"gateway\"?"},
        Defect{"PortText", "resources: {ports: ['http:80']}\n", 3, "resources.ports[0]", "port"},
        Defect{"PortZero", "resources: {ports: [0:x]}\n", 3, "resources.ports[0]", "65535"},
        Defect{"PortHigh", "resources: {ports: [65536:x]}\n", 3, "resources.ports[0]", "65535"},
        Defect{"PortLabel", "resources: {ports: ['22:']}\n", 3, "resources.ports[0]", "label"},
        Defect{"PortMap", "resources:\n  ports:\n    - 22: ssh\n", 5, "resources.ports[0]",
               "text expected"},
        Defect{"PortTwice", "resources: {ports: [22:a, 22:b]}\n", 3, "resources.ports[1]",
               "port 22 twice"},
        Defect{"Network", "network: {provision: 'mycelium,wiregard'}\n", 3, "network.provision",
               "did you mean \"wireguard\"?"},
        Defect{"NetworkItem", "network: {provision: [wiregard]}\n", 3, "network.provision[0]",
               "did you mean \"wireguard\"?"},
        Defect{"NoNetwork", "network: {provision: ''}\n", 3, "network.provision", "at least one"},
        Defect{"Mode", "gateway: {mode: nta}\n", 3, "gateway.mode", "did you mean \"nat\"?"},
        Defect{"Domain", "gateway: {domains: ['a b']}\n", 3, "gateway.domains[0]", "host name"},
        Defect{"Boolean", "network: {public_ipv4: yes}\n", 3, "network.public_ipv4", "write true"},
        Defect{"Node", "nodes: {vm: -1}\n", 3, "nodes.vm", "0 to"},
        Defect{"VariableType", "variables: {a: {type: numbr, default: 1}}\n", 3, "variables.a.type",
               "did you mean \"number\"?"},
        Defect{"VariableValue", "variables: {a: {type: integer, default: x}}\n", 3,
               "variables.a.default", "integer expected"},
        Defect{"VariableRange", "variables: {a: {type: integer, default: 9, max: 8}}\n", 3,
               "variables.a.default", "min and max"},
        Defect{"VariableOptions", "variables: {a: {default: x, options: [y]}}\n", 3,
               "variables.a.default", "options"},
        Defect{"VariableName", "variables: {'a b': x}\n", 3, "variables.a b", "name"}),
    TestName);

INSTANTIATE_TEST_SUITE_P(
    Rest, Defects,
    ::testing::Values(
        Defect{"DependsSelf", "depends_on: [db, shop]\n", 3, "depends_on[1]", "shop -> shop"},
        Defect{"DependsMap", "depends_on: {a: 1}\n", 3, "depends_on", "list expected"},
        Defect{"DependsText", "depends_on: db\n", 3, "depends_on", "write [db]"},
        Defect{"DependsName", "depends_on: [../x]\n", 3, "depends_on[0]", "environment/name"},
        Defect{"CommandScript", "commands: {a: {description: x}}\n", 3, "commands.a.script",
               "required"},
        Defect{"CommandLines", "commands: {a: {script: \"/x\\nrm\"}}\n", 3, "commands.a.script",
               "one line"},
        Defect{"CommandName", "commands: {'-a b': {script: /x}}\n", 3, "commands.-a b", "name"},
        Defect{"CommandTwice", "commands:\n  a: {script: /x}\n  a: {script: /y}\n", 5, "commands.a",
               "line 4"},
        Defect{"ProbeNone", "healthchecks: [{interval: 2s}]\n", 3, "healthchecks[0]", "one of"},
        Defect{"ProbeTwo", "healthchecks: [{tcp: 80, http: http://a}]\n", 3, "healthchecks[0]",
               "only one"},
        Defect{"ProbeScheme", "healthchecks: [{http: 'file:///etc/passwd'}]\n", 3,
               "healthchecks[0].http", "URL"},
        Defect{"ProbeUser", "healthchecks: [{http: 'http://u:p@h/'}]\n", 3, "healthchecks[0].http",
               "user"},
        Defect{"ProbePort", "healthchecks: [{tcp: 'h:99999'}]\n", 3, "healthchecks[0].tcp",
               "65535"},
        Defect{"ProbePipe", "healthchecks: [{command: 'a.sh | sh'}]\n", 3,
               "healthchecks[0].command", "no shell"},
        Defect{"ProbeInterval", "healthchecks: [{tcp: 80, interval: 0s}]\n", 3,
               "healthchecks[0].interval", "100ms to 1h"},
        Defect{"ProbeSuccesses", "healthchecks: [{tcp: 80, successes: 0}]\n", 3,
               "healthchecks[0].successes", "1 to 100"},
        Defect{"ProbeStatus", "healthchecks: [{http: 'http://a', expected_status: 42}]\n", 3,
               "healthchecks[0].expected_status", "100 to 599"},
        Defect{"ProbeStatusOfTcp", "healthchecks: [{tcp: 80, expected_status: 200}]\n", 3,
               "healthchecks[0].expected_status", "http only"},
        Defect{"ProbeKey", "healthchecks: [{htpt: 'http://a', tcp: 80}]\n", 3,
               "healthchecks[0].htpt", "did you mean \"http\"?"}),
    TestName);

TEST(Refusals, AllProblemsAreReportedInOneGo) {
  const auto parsed = ParseManifest(
      "name: My Shop\n"
      "resorces: {}\n"
      "patterns: {recommended: gateway, supported: [k3s]}\n"
      "environment:\n"
      "  - {name: PATH}\n"
      "  - {name: A, secret: true, default: hunter2}\n"
      "hooks: {setup: /bin/sh}\n",
      "m.yaml", Context());
  ASSERT_FALSE(parsed.has_value());
  std::vector<int> lines;
  for (const Diagnostic& problem : parsed.error().diagnostics) {
    lines.push_back(problem.location.line);
    EXPECT_EQ(problem.ToString().find("hunter2"), std::string::npos);
  }
  EXPECT_EQ(lines, (std::vector<int>{1, 2, 3, 5, 6, 7}));
}

/// Work grows with the file, not with its square: the slowest forms end after a bounded number of
/// messages.
TEST(Refusals, HugeManifestsGiveFewMessages) {
  const std::string head = "name: a\npattern: k3s\n";
  const auto count = [&head](const std::string& text) {
    const auto parsed = ParseManifest(head + text, "m.yaml", Context());
    return parsed ? parsed->diagnostics.size() : parsed.error().diagnostics.size();
  };
  std::string depends = "environment:\n", variables = "variables:\n",
              ports = "resources:\n  ports:\n";
  for (int i = 0; i < 400; ++i) {
    depends += "  - {name: A" + std::to_string(i) + ", depends_on: {";
    for (int j = 0; j < 40; ++j) depends += "UNKNOWN" + std::to_string(j) + ": x, ";
    depends += "}}\n";
  }
  for (int i = 0; i < 10'000; ++i) {
    variables += "  a" + std::to_string(i) + ": x\n";
    ports += "    - x\n";
  }
  EXPECT_LE(count(depends), 21U);
  EXPECT_EQ(count(variables), 1U);
  EXPECT_EQ(count(ports), 1U);
  std::string values = "tags:\n";
  for (std::size_t i = 0; i < kMostManifestValues; ++i) values += "  - a\n";
  EXPECT_EQ(count(values), 1U);
}

TEST(Refusals, SecretsAreNotQuotedEvenWhereTheyDoNotBelong) {
  for (const char* text :
       {"environment: DB_PASSWORD=hunter2\n", "environment: [DB_PASSWORD=hunter2]\n",
        "environment: {DB_PASSWORD: hunter2}\n",
        "environment: [{name: A, secret: y, default: hunter2}]\n",
        "environment: [{name: A, secret: true, default: hunter2, options: [hunter3]}]\n",
        "environment: [{name: A, secret: true, default: {hunter2: x}}]\n",
        "environment: [{name: A, options: hunter2}]\n"}) {
    const auto parsed =
        ParseManifest("name: a\npattern: k3s\n" + std::string(text), "m.yaml", Context());
    ASSERT_FALSE(parsed.has_value()) << text;
    for (const Diagnostic& problem : parsed.error().diagnostics) {
      EXPECT_EQ(problem.ToString().find("hunter2"), std::string::npos) << problem.ToString();
    }
  }
}

TEST(Refusals, NamesThatOnlyLookReservedAreFree) {
  const auto parsed = ParseManifest(
      "name: a\npattern: k3s\nenvironment:\n  - name: GIT_USER_NAME\n  - name: TFGRID_DOMAIN\n"
      "  - name: PATHS\n  - name: _A1\n  - name: ENVIRONMENT\n  - name: HOME_PAGE\n",
      "m.yaml", Context());
  EXPECT_TRUE(parsed.has_value()) << parsed.error().ToString();
}

}  // namespace
}  // namespace gitops
