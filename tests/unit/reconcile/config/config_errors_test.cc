// What a person may get wrong in reconciler.yaml: each row has to be refused (or warned about) with
// its place and a way out.
#include <gmock/gmock.h>

#include "engine/reconcile/config_shape.h"
#include "tests/unit/reconcile/config/config_fixture.h"

namespace gitops {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

struct BadText {
  std::string name;
  std::string text;
  std::vector<std::string> says;
  std::string never = "\x1b";
};

void PrintTo(const BadText& row, std::ostream* out) { *out << row.name; }

class BadTextTest : public ConfigTest, public ::testing::WithParamInterface<BadText> {};

TEST_P(BadTextTest, IsRefusedWithItsPlace) {
  const std::string messages = Messages(GetParam().text);
  EXPECT_THAT(messages, StartsWith("reconciler.yaml:"));
  for (const std::string& part : GetParam().says) EXPECT_THAT(messages, HasSubstr(part));
  EXPECT_THAT(messages, Not(HasSubstr(GetParam().never)));
}

class WarnedTest : public ConfigTest, public ::testing::WithParamInterface<BadText> {};

TEST_P(WarnedTest, IsAcceptedWithAWarning) {
  const std::string messages = Messages(GetParam().text);
  EXPECT_THAT(messages, StartsWith("accepted\n"));
  for (const std::string& part : GetParam().says) EXPECT_THAT(messages, HasSubstr(part));
  EXPECT_THAT(messages, Not(HasSubstr(GetParam().never)));
}

std::string Source(const std::string& more) {
  return "sources:\n  - name: apps\n    url: /srv/apps.git\n    " + more + "\n";
}

std::string SourceAt(const std::string& url) {
  return "sources:\n  - name: apps\n    url: " + url + "\n";
}

const auto kRowName = [](const auto& row) { return row.param.name; };

INSTANTIATE_TEST_SUITE_P(
    Yaml, BadTextTest,
    ::testing::Values(
        BadText{"Empty", "", {"reconciler.yaml:1", "empty", "sources: []"}},
        BadText{"OnlyComments", "# nothing\n", {"reconciler.yaml:1", "empty"}},
        BadText{"SyntaxOnLine7",
                "# 1\n# 2\n# 3\n# 4\n# 5\nsources:\n  - {name: apps, url: [}\n",
                {"reconciler.yaml:7:"}},
        BadText{"DuplicateKey", "sources: []\nsources: []\n", {"reconciler.yaml:2:1"}},
        BadText{"RootList", "- a\n", {"mapping expected"}},
        BadText{"UnknownKey",
                Source("intervall: 60s"),
                {"reconciler.yaml:4:5", "did you mean \"interval\"?"}},
        BadText{"UnknownKeyWithoutNeighbour",
                "frobnicate: 1\n",
                {"reconciler.yaml:1:1", "known: state, server"}},
        BadText{"Several",
                "sources:\n  - {name: A B, url: ext::sh, bogus: 1}\n  - {name: b, url: "
                "-x}\nlimits: {parallelApps: 0}\nstate: mysql://x\n",
                {":2:", "bogus", ":3:", "begins with \"-\"", ":4:", "parallelApps",
                 ":5:", "unknown kind of database"}}),
    kRowName);

INSTANTIATE_TEST_SUITE_P(
    Sources, BadTextTest,
    ::testing::Values(
        BadText{"IntervalZero", Source("interval: 0s"), {":4:15", "1s to 24h"}},
        BadText{"NoNames",
                "sources:\n  - {name: ~, url: /a}\n  - {name: ~, url: /b}\n",
                {":2:12", "value missing", ":3:12"},
                "duplicate"},
        BadText{"IntervalWithoutUnitInAKnownEnvironment",
                Source("interval: 5\n    environment: live") +
                    "environments:\n  live: {provider: local}\n",
                {":4:15", "write 5s"},
                "environment without configuration"},
        BadText{"IntervalNegative", Source("interval: -5s"), {":4:15", "interval"}},
        BadText{"IntervalWithoutUnit", Source("interval: 5"), {":4:15", "unit"}},
        BadText{"IntervalUnknownUnit", Source("interval: 5x"), {":4:15", "unit"}},
        BadText{"IntervalExponent", Source("interval: 1e9h"), {":4:15", "interval"}},
        BadText{"IntervalHuge", Source("interval: 9999h"), {":4:15", "1s to 24h"}},
        BadText{"NoName", "sources: [{url: /a}]\n", {"\"name\" is required"}},
        BadText{"NoUrl", "sources: [{name: a}]\n", {"\"url\" is required"}},
        BadText{"NameWithSpace", "sources: [{name: my apps, url: /a}]\n", {"a-z 0-9 -"}},
        BadText{"ReservedName",
                "sources: [{name: up, url: /a}]\n",
                {"reserved source name", "up PATH"}},
        BadText{"TwoOfOneName",
                "sources:\n  - {name: a, url: /a}\n  - {name: a, url: /b}\n",
                {":3:", "duplicate source name", "line 2", "line 3"}},
        BadText{"Credentials",
                SourceAt("http://bob:hunter2@example.org/a.git"),
                {":3:10", "sources[0].url", "auth.tokenFile"},
                "hunter2"},
        BadText{"RemoteHelper", SourceAt("'ext::sh -c id'"), {":3:10", "https://"}},
        BadText{"Option", SourceAt("-oProxyCommand=x"), {":3:10", "sources[0].url"}},
        BadText{"ControlByte", SourceAt("\"https://a\\nb/c\""), {"reconciler.yaml:"}},
        BadText{"UnknownScheme", SourceAt("ftp://example.org/a"), {":3:10", "ftp"}},
        BadText{"BareRelativePath", SourceAt("apps"), {":3:10", "absolute"}},
        BadText{"RefFull", Source("branch: refs/heads/.."), {":4:13", "not a valid ref name"}},
        BadText{"RefOption", Source("branch: -x"), {":4:13", "not a valid ref name"}},
        BadText{"RefSpace", Source("branch: a b"), {":4:13", "not a valid ref name"}},
        BadText{"RefEmpty", Source("branch: ''"), {":4:13", "not a valid ref name"}},
        BadText{"RefReflog", Source("tag: '@{-1}'"), {":4:10", "not a valid ref name"}},
        BadText{"RefSearch", Source("tag: ':/x'"), {":4:10", "not a valid ref name"}},
        BadText{"CommitShort", Source("commit: 0123abc"), {":4:13", "40"}},
        BadText{"BranchAndTag",
                Source("branch: main\n    tag: v1"),
                {":5:10", "branch on line 4", "tag on line 5", "keep one"}},
        BadText{"PathUp", Source("path: ../x"), {":4:11", "inside the repository"}},
        BadText{"PathAbsolute", Source("path: /abs"), {":4:11", "inside the repository"}},
        BadText{"PathDotGit", Source("path: .git/hooks"), {":4:11", "inside the repository"}},
        BadText{"SshWithoutHostKeys",
                "sources:\n  - {name: a, url: 'ssh://git@example.org:2222/a.git'}\n",
                {":2:", "auth.knownHostsFile", "ssh-keyscan -t ed25519 -p 2222 example.org",
                 "auth.sshKeyFile", "ssh-keygen -t ed25519"}},
        BadText{"ScpWithoutHostKeys",
                "sources:\n  - {name: a, url: 'git@example.org:a.git'}\n",
                {"ssh-keyscan -t ed25519 example.org"}},
        BadText{"TokenFileMissing",
                "sources: [{name: a, url: 'https://x/a', auth: {tokenFile: ghp_0123456789}}]\n",
                {"auth.tokenFile", "there is no file"},
                "ghp_0123456789"},
        BadText{
            "TwoTokens",
            "sources: [{name: a, url: 'https://x/a', auth: {tokenFile: a/b, token: {file: c}}}]\n",
            {"exclude each other"}},
        BadText{"TokenWithoutPlace",
                "sources: [{name: a, url: 'https://x/a', auth: {token: {}}}]\n",
                {"neither file nor variable"}},
        BadText{"TokenAsAuth",
                "sources: [{name: a, url: 'https://x/a', auth: ghp_0123456789}]\n",
                {":1:", "mapping expected, found a text"},
                "ghp_0123456789"},
        BadText{"SecretsAsText",
                Source("webhook: {provider: github, secrets: hunter2hunter2}"),
                {":4:", "list expected"},
                "hunter2"},
        BadText{"WebhookAsText", Source("webhook: hunter2hunter2"), {":4:"}, "hunter2"},
        BadText{"UrlInAnotherKey",
                Source("interval: https://bob:hunter2@example.org"),
                {":4:15", "unit"},
                "hunter2"},
        BadText{"ApikeyAsEnvironment",
                "environments: {a: {environment: hunter2hunter2}}\n",
                {"environments.a.environment", "mapping expected"},
                "hunter2"},
        BadText{"WebhookWithoutSecret",
                Source("webhook: {provider: github}"),
                {"webhook secret missing", "\"apps\"", "openssl rand"}},
        BadText{"WebhookUnknownProvider",
                Source("webhook: {provider: githb, secret: {file: a}}"),
                {"did you mean \"github\"?"}},
        BadText{"WebhookMatchPath",
                Source("webhookMatch: [/srv/apps.git]"),
                {"sources[0].webhookMatch[0]", "can match no webhook"}},
        BadText{"WebhookMatchText", Source("webhookMatch: apps"), {"list expected"}},
        BadText{"WebhookSecretFileMissing",
                Source("webhook: {provider: github, secret: {file: no/such}}"),
                {":4:", "no/such"}}),
    kRowName);

INSTANTIATE_TEST_SUITE_P(
    Rest, BadTextTest,
    ::testing::Values(
        BadText{
            "ListenPort", "server: {listen: ':99999'}\n", {":1:18", ":99999", "127.0.0.1:8420"}},
        BadText{
            "ListenName", "server: {listen: 'localhost:http!'}\n", {":1:18", "localhost:http!"}},
        BadText{"ListenEmptyBrackets", "server: {listen: '[]:8420'}\n", {":1:18", "no host name"}},
        BadText{"ListenNoHost", "server: {listen: ':8420'}\n", {":1:18", "0.0.0.0:8420"}},
        BadText{"ListenZero", "server: {listen: 'a:0'}\n", {":1:18"}},
        BadText{"PublicUrlPath",
                "server: {publicUrl: https://a.example.org/x}\n",
                {":1:21", "without a path", "https://gitops.example.org"}},
        BadText{"PublicUrlScheme", "server: {publicUrl: a.example.org}\n", {":1:21", "http://"}},
        BadText{"PublicUrlPort", "server: {publicUrl: 'http://a:x'}\n", {":1:21"}},
        BadText{
            "PublicUrlUser", "server: {publicUrl: 'http://u:hunter2@a'}\n", {":1:21"}, "hunter2"},
        BadText{"ProxyNoNetwork",
                "server: {trustedProxies: [127.0.0.1, nginx]}\n",
                {":1:38", "server.trustedProxies[1]", "10.0.0.0/8"}},
        BadText{"ProxyBitsBeyond", "server: {trustedProxies: [10.0.0.1/8]}\n", {":1:27"}},
        BadText{"TlsWithoutKey",
                "server: {tls: {certificateFile: /etc/passwd}}\n",
                {"server.tls", "keyFile"}},
        BadText{"TlsFileMissing",
                "server: {tls: {certificateFile: no/such.pem, keyFile: /etc/passwd}}\n",
                {":1:33", "server.tls.certificateFile", "no/such.pem"}},
        BadText{"ServerLimit", "server: {limits: {connections: 1}}\n", {"16 to 1000000"}},
        BadText{"ServerLimitName",
                "server: {limits: {conections: 100}}\n",
                {"did you mean \"connections\"?"}},
        BadText{"StateScheme",
                "state: mysql://u:hunter2@h/db\n",
                {":1:8", "mysql", "sqlite://"},
                "hunter2"},
        BadText{"StateRelative", "state: sqlite://state.db\n", {":1:8", "absolute path"}},
        BadText{"StateMissingFolders",
                "state: sqlite:///no/such/folder/state.db\n",
                {":1:8", "no such directory", "mkdir -p /no/such/folder"}},
        BadText{"StateInAFile",
                "state: sqlite:///etc/passwd/state.db\n",
                {":1:8", "is not a directory"}},
        BadText{"Parallel", "limits: {parallelApps: 1000000}\n", {":1:24", "1 to 1024"}},
        BadText{"ParallelZero", "limits: {parallelApps: 0}\n", {":1:24", "1 to 1024"}},
        BadText{"KeepNone", "limits: {keepSnapshots: 0}\n", {"1 to 1000"}},
        BadText{"LogSize", "limits: {runLogSize: 0}\n", {"runLogSize"}},
        BadText{"Sync", "environments: {a: {sync: automatic}}\n", {"auto, manual"}},
        BadText{"OnFailure",
                "environments: {a: {onFailure: rolback}}\n",
                {"did you mean \"rollback\"?"}},
        BadText{"PruneWord", "environments: {a: {prune: yes}}\n", {"prune", "true"}},
        BadText{"MaxPrune", "environments: {a: {maxPrune: 120%}}\n", {"0% to 100%"}},
        BadText{"EnvironmentName", "environments: {A: {}}\n", {"a-z 0-9 -"}},
        BadText{"VariableName", "environments: {a: {environment: {A-B: c}}}\n", {"A-B"}},
        BadText{"VariableBothPlaces",
                "environments: {a: {environment: {K: {file: a, variable: B}}}}\n",
                {"both file and variable"}},
        BadText{"VariableFileMissing",
                "environments: {a: {environment: {K: {file: no/such}}}}\n",
                {"environments.a.environment.K", "no/such"}},
        BadText{"OverrideKey",
                "environments: {a: {apps: {web: {snc: auto}}}}\n",
                {"did you mean \"sync\"?"}}),
    kRowName);

INSTANTIATE_TEST_SUITE_P(
    Accepted, WarnedTest,
    ::testing::Values(
        BadText{"SamePlaceTwice",
                "sources:\n  - {name: a, url: /x}\n  - {name: b, url: /x}\n",
                {"\"a\" and \"b\"", "same repository, ref and path"}},
        BadText{"WebhookMatchWithoutWebhook",
                Source("webhookMatch: ['https://git.example.org/acme/apps']"),
                {"webhookMatch without effect"}},
        BadText{"WebhookSecretInClear",
                Source("webhook: {provider: github, secret: 0123456789abcdef0123}"),
                {"sources[0].webhook.secret", "webhook.secret.file"},
                "0123456789abcdef"},
        BadText{"TokenInClear",
                "sources: [{name: a, url: 'https://x/a', auth: {token: ghp_0123456789}}]\n",
                {"sources[0].auth.token", "auth.tokenFile"},
                "ghp_0123456789"},
        BadText{"TokenOverHttp",
                "sources: [{name: a, url: 'http://x/a', auth: {token: {variable: PATH}}}]\n",
                {"use https://"}},
        BadText{"VariableNotSet",
                "sources: [{name: a, url: 'https://x/a', auth: {token: {variable: NOPE}}}]\n",
                {"\"NOPE\" is not in the environment"}},
        BadText{"TokenOnAPath",
                "sources: [{name: a, url: /x, auth: {token: {variable: NOPE}}}]\n",
                {"only sources over https use it"}},
        BadText{"MistypedEnvironment",
                "sources: [{name: a, url: /x, environment: prodution}]\nenvironments: {production: "
                "{}}\n",
                {"did you mean \"production\"?"}},
        BadText{"PatternsMissing", "patterns: [no/such]\n", {"pattern directory not found"}}),
    kRowName);

using ConfigFileTest = ConfigTest;

TEST_F(ConfigFileTest, Directory) {
  request_.config_file = directory_;
  EXPECT_THAT(ReadConfig(request_).error().ToString(),
              AllOf(HasSubstr(directory_), HasSubstr("is a directory")));
}

TEST_F(ConfigFileTest, NotReadable) {
  request_.config_file = Write("secret.yaml", "sources: []\n", 0);
  const uid_t user = geteuid();
  if (user == 0) {
    ASSERT_EQ(seteuid(65534), 0);  // Root may read everything.
  }
  const auto reading = ReadConfig(request_);
  ASSERT_EQ(seteuid(user), 0);
  ASSERT_FALSE(reading);
  EXPECT_THAT(reading.error().ToString(),
              AllOf(HasSubstr("permission denied"), HasSubstr("chmod u+r")));
}

TEST_F(ConfigFileTest, Fifo) {
  request_.config_file = Path("pipe");
  ASSERT_EQ(mkfifo(request_.config_file.c_str(), 0600), 0);
  EXPECT_THAT(ReadConfig(request_).error().ToString(), HasSubstr("no regular file"));
}

TEST_F(ConfigFileTest, WorldWritable) {
  request_.config_file = Write("open.yaml", "sources: []\n", 0666);
  EXPECT_THAT(ReadConfig(request_).error().ToString(),
              AllOf(HasSubstr("mode 0666"), HasSubstr("chmod o-w " + Path("open.yaml"))));
}

TEST_F(ConfigFileTest, FolderWorldWritable) {
  request_.config_file = Write("open/reconciler.yaml", "sources: []\n");
  ASSERT_EQ(chmod(Path("open").c_str(), 0777), 0);
  EXPECT_THAT(ReadConfig(request_).error().ToString(),
              AllOf(HasSubstr("mode 0777"), HasSubstr("chmod o-w " + Path("open"))));
  ASSERT_EQ(chmod(Path("open").c_str(), 01777), 0);  // As /tmp: nobody can replace another's file.
  EXPECT_TRUE(ReadConfig(request_));
}

TEST_F(ConfigFileTest, TooLargeSaysTheLimit) {
  request_.config_file = Path("huge.yaml");
  std::ofstream(request_.config_file) << "sources: []\n";
  std::filesystem::resize_file(request_.config_file, 50 * 1024 * 1024);
  EXPECT_THAT(ReadConfig(request_).error().ToString(),
              AllOf(HasSubstr("16777216 bytes"), HasSubstr("the limit")));
}

TEST_F(ConfigFileTest, TenThousandSourcesAreRead) {
  std::string text = "sources:\n";
  for (int i = 0; i < 10'000; ++i) {
    text += "  - {name: s" + std::to_string(i) + ", url: 'https://example.org/acme/" +
            std::to_string(i) + ".git', branch: main, interval: 60s}\n";
  }
  const auto reading = Read(text);
  ASSERT_TRUE(reading) << reading.error().ToString();
  EXPECT_EQ(reading->config.sources.size(), 10'000U);
  EXPECT_THAT(reading->warnings, IsEmpty());
}

using SecretFileTest = ConfigTest;

std::string WithWebhook(const std::string& place) {
  return Source("webhook: {provider: github, secret: " + place + "}");
}

TEST_F(SecretFileTest, ShortOrEmptySecretsAreRefused) {
  Write("short", "0123456789abcde", 0600);
  Write("empty", "", 0600);
  EXPECT_THAT(Messages(WithWebhook("{file: short}")),
              AllOf(HasSubstr("source \"apps\""), HasSubstr("15 bytes"), HasSubstr("at least 16"),
                    HasSubstr("openssl rand -hex 32"), Not(HasSubstr("0123456789abcde"))));
  EXPECT_THAT(Messages(WithWebhook("{file: empty}")), HasSubstr("0 bytes"));
  request_.environment["HOOK"] = "short";
  EXPECT_THAT(Messages(WithWebhook("{variable: HOOK}")), HasSubstr("5 bytes"));
}

TEST_F(SecretFileTest, ASecretThatIsTooLargeToBeReadIsRefused) {
  Write("secret", std::string(128 * 1024, 'x'), 0600);
  EXPECT_THAT(Messages(WithWebhook("{file: secret}")), StartsWith("accepted"));
  Write("secret", std::string(128 * 1024 + 1, 'x'), 0600);
  EXPECT_THAT(Messages(WithWebhook("{file: secret}")), HasSubstr("holds more than 128 KiB"));
}

TEST_F(SecretFileTest, ANewlineAtTheEndIsRemovedAndSaid) {
  Write("secret", "0123456789abcdef\n", 0600);
  EXPECT_THAT(Messages(WithWebhook("{file: secret}")),
              AllOf(StartsWith("accepted"), HasSubstr("newline removed"),
                    Not(HasSubstr("0123456789abcdef"))));
  Write("secret", "0123456789abcde\n", 0600);
  EXPECT_THAT(Messages(WithWebhook("{file: secret}")), HasSubstr("15 bytes"));
}

TEST_F(SecretFileTest, AKeyThatCannotWorkIsRefusedBeforeAServerIsAsked) {
  Write("known_hosts", "");
  const std::string ssh =
      "sources: [{name: a, url: 'ssh://git@example.org/a', auth: {sshKeyFile: key, "
      "knownHostsFile: known_hosts}}]\n";
  const std::pair<const char*, const char*> table[] = {
      {"ssh-ed25519 AAAA someone\n", "public key"},
      {"-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "passphrase"},
      {"-----BEGIN DSA PRIVATE KEY-----\n", "DSA"},
      {"hunter2", "no \"BEGIN … PRIVATE KEY\" line"},
      {"", "no \"BEGIN … PRIVATE KEY\" line"}};
  for (const auto& [text, says] : table) {
    Write("key", text, 0600);
    EXPECT_THAT(Messages(ssh),
                AllOf(StartsWith("reconciler.yaml:1:"), HasSubstr(says),
                      HasSubstr("sources[0].auth.sshKeyFile"), Not(HasSubstr("hunter2"))));
  }
}

TEST_F(SecretFileTest, ReadableByOthersIsWarnedAbout) {
  Write("secret", "0123456789abcdef", 0644);
  EXPECT_THAT(Messages(WithWebhook("{file: secret}")),
              AllOf(StartsWith("accepted"), HasSubstr("mode 0644"), HasSubstr("chmod 600")));
}

TEST_F(SecretFileTest, MistypedVariablesOfTheEngineAreWarnedAbout) {
  request_.environment["TFGRID_COMPOSE_STATEDIR"] = "/x";
  EXPECT_THAT(Messages("sources: []\n"), HasSubstr("did you mean TFGRID_COMPOSE_STATE_DIR?"));
}

}  // namespace
}  // namespace gitops
