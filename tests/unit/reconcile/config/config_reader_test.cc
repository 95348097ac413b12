#include "engine/reconcile/config_reader.h"

#include <gmock/gmock.h>

#include "tests/unit/reconcile/config/config_fixture.h"

namespace gitops {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string NameOf(const Result<ConfigReading>& reading) {
  if (!reading) return "error: " + reading.error().ToString();
  return reading->config.sources.empty() ? "none" : reading->config.sources.front().name;
}

std::string OneSource(const std::string& name) {
  return "sources: [{name: " + name + ", url: /srv/apps.git}]\n";
}

using SearchTest = ConfigTest;

TEST_F(SearchTest, TakesTheFirstOfFivePlaces) {
  const std::string flag = Write("flag.yaml", OneSource("flag"));
  const std::string variable = Write("variable.yaml", OneSource("variable"));
  Write("reconciler.yaml", OneSource("here"));
  Write("home/.config/tfgrid-compose/reconciler.yaml", OneSource("home"));
  Write("etc/reconciler.yaml", OneSource("system"));

  request_.config_file = flag;
  request_.environment["TFGRID_COMPOSE_CONFIG"] = variable;
  EXPECT_EQ(NameOf(ReadConfig(request_)), "flag");
  request_.config_file = "";
  EXPECT_EQ(NameOf(ReadConfig(request_)), "variable");
  request_.environment.erase("TFGRID_COMPOSE_CONFIG");
  EXPECT_EQ(NameOf(ReadConfig(request_)), "here");
  std::filesystem::remove(Path("reconciler.yaml"));
  EXPECT_EQ(NameOf(ReadConfig(request_)), "home");
  std::filesystem::remove_all(Path("home"));
  EXPECT_EQ(NameOf(ReadConfig(request_)), "system");
}

TEST_F(SearchTest, XdgConfigHomeReplacesTheUsersFolder) {
  Write("home/.config/tfgrid-compose/reconciler.yaml", OneSource("home"));
  Write("xdg/tfgrid-compose/reconciler.yaml", OneSource("xdg"));
  request_.environment["XDG_CONFIG_HOME"] = Path("xdg");
  EXPECT_EQ(NameOf(ReadConfig(request_)), "xdg");
}

TEST_F(SearchTest, EmbeddedDefaultsWhenThereIsNoFile) {
  const auto reading = ReadConfig(request_);
  ASSERT_TRUE(reading) << reading.error().ToString();
  const Config& config = reading->config;
  EXPECT_EQ(config.file, "");
  EXPECT_THAT(config.sources, IsEmpty());
  EXPECT_EQ(config.Environment("default").provider, "local");
  EXPECT_THAT(config.patterns, ElementsAre("/usr/share/tfgrid-compose/patterns"));
  EXPECT_EQ(config.limits, Limits());
  EXPECT_THAT(reading->warnings, IsEmpty());
}

TEST_F(SearchTest, AFileThatWasAskedForMustBeThere) {
  request_.config_file = "missing.yaml";
  auto reading = ReadConfig(request_);
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(reading.error().ToString(), HasSubstr(Path("missing.yaml")));
  EXPECT_THAT(reading.error().primary().hint, HasSubstr("sources:"));
  request_.config_file = "";
  request_.environment["TFGRID_COMPOSE_CONFIG"] = "missing.yaml";
  EXPECT_FALSE(ReadConfig(request_));
}

using StateTest = ConfigTest;

TEST_F(StateTest, DefaultsByUser) {
  EXPECT_EQ(ReadConfig(request_)->config.state_dir, Path("home/.local/state/tfgrid-compose"));
  request_.environment["XDG_STATE_HOME"] = "/xdg";
  EXPECT_EQ(ReadConfig(request_)->config.state_dir, "/xdg/tfgrid-compose");
  EXPECT_EQ(ReadConfig(request_)->config.state_url, "sqlite:///xdg/tfgrid-compose/state.db");
  request_.root = true;
  EXPECT_EQ(ReadConfig(request_)->config.state_dir, "/var/lib/tfgrid-compose");
}

TEST_F(StateTest, TheFileNamesTheDatabaseAndWithItTheDirectory) {
  const auto reading = Read("state: sqlite://" + directory_ + "/data/engine.db\n");
  ASSERT_TRUE(reading) << reading.error().ToString();
  EXPECT_EQ(reading->config.state_dir, Path("data"));
  EXPECT_EQ(reading->config.state_url, "sqlite://" + directory_ + "/data/engine.db");
}

TEST_F(StateTest, AGivenDirectoryMovesTheDatabaseToo) {
  request_.environment["TFGRID_COMPOSE_STATE_DIR"] = "/from/variable";
  auto reading = Read("state: sqlite://" + directory_ + "/data/engine.db\n");
  EXPECT_EQ(reading->config.state_url, "sqlite:///from/variable/state.db");
  request_.state_dir = "relative";
  reading = Read("state: sqlite://" + directory_ + "/data/engine.db\n");
  EXPECT_EQ(reading->config.state_dir, Path("relative"));
  EXPECT_EQ(reading->config.state_url, "sqlite://" + directory_ + "/relative/state.db");
}

TEST_F(StateTest, WithoutAHomeItHasToBeGiven) {
  request_.environment.clear();
  ASSERT_FALSE(ReadConfig(request_));
  EXPECT_THAT(ReadConfig(request_).error().primary().hint, HasSubstr("--state-dir"));
  request_.state_dir = "/given";
  EXPECT_EQ(ReadConfig(request_)->config.state_dir, "/given");
}

using KeysTest = ConfigTest;

TEST_F(KeysTest, EveryKeyOfASource) {
  Write("secret", "0123456789abcdef0123", 0600);
  Write("deploy.key", "-----BEGIN EC PRIVATE KEY-----\n", 0600);
  Write("known_hosts", "hosts");
  Write("ca.pem", "ca");
  Write("token", "t0ken", 0600);
  const auto reading = Read(R"(
sources:
  - name: ssh
    url: ssh://git@example.org:2222/acme/apps.git
    tag: v1.2
    path: ./production/
    interval: 5m
    timeout: 30s
    environment: production
    webhook: {provider: github, secret: {file: secret}}
    auth: {sshKeyFile: deploy.key, knownHostsFile: known_hosts}
  - name: web
    url: https://example.org/acme/apps.git
    commit: 0123456789012345678901234567890123456789
    auth: {username: bot, tokenFile: token, caFile: ca.pem}
  - name: variable
    url: https://example.org/acme/more.git
    branch: release/1.2
    webhook: {provider: gitea, secrets: [{variable: HOOK}, {file: secret}]}
    auth: {token: {variable: TOKEN}}
  - {name: here, url: ./apps.git}
environments:
  production: {}
  default: {}
)");
  ASSERT_TRUE(reading) << reading.error().ToString();
  const std::vector<SourceSpec>& sources = reading->config.sources;
  ASSERT_EQ(sources.size(), 4U);
  EXPECT_EQ(sources[0].url, "ssh://git@example.org:2222/acme/apps.git");
  EXPECT_EQ(sources[0].url_kind, UrlKind::kSsh);
  EXPECT_EQ(sources[0].ref_kind, RefKind::kTag);
  EXPECT_EQ(sources[0].ref, "v1.2");
  EXPECT_EQ(sources[0].path, "production");
  EXPECT_EQ(sources[0].interval, seconds(300));
  EXPECT_EQ(sources[0].timeout, seconds(30));
  EXPECT_EQ(sources[0].environment, "production");
  EXPECT_EQ(sources[0].auth.ssh_key_file, Path("deploy.key"));
  EXPECT_EQ(sources[0].auth.known_hosts_file, Path("known_hosts"));
  ASSERT_TRUE(sources[0].webhook.has_value());
  EXPECT_EQ(sources[0].webhook->provider, "github");
  EXPECT_THAT(sources[0].webhook->secrets, ElementsAre(SecretRef{Path("secret"), ""}));
  EXPECT_EQ(sources[0].location.line, 3);
  EXPECT_EQ(sources[1].ref_kind, RefKind::kCommit);
  EXPECT_EQ(sources[1].auth.username, "bot");
  EXPECT_EQ(sources[1].auth.token, (SecretRef{Path("token"), ""}));
  EXPECT_EQ(sources[1].auth.ca_file, Path("ca.pem"));
  EXPECT_EQ(sources[2].ref, "release/1.2");
  EXPECT_EQ(sources[2].auth.token, (SecretRef{"", "TOKEN"}));
  EXPECT_THAT(sources[2].webhook->secrets,
              ElementsAre(SecretRef{"", "HOOK"}, SecretRef{Path("secret"), ""}));
  EXPECT_EQ(sources[3].url, Path("apps.git"));
  EXPECT_EQ(sources[3].ref, "main");
  EXPECT_EQ(sources[3].path, "");
  EXPECT_EQ(sources[3].interval, seconds(60));
}

TEST_F(KeysTest, EveryKeyOfAnEnvironment) {
  Write("api.key", "k", 0600);
  const auto reading = Read(R"(
environments:
  production:
    provider: grid
    sync: manual
    prune: true
    maxPrune: 5%
    onFailure: hold
    environment: {TZ: Europe/Brussels, PORT: 8080, VERSION: 1.10, KEY: {file: api.key}}
    variables: {memory: 2048, public: true, nodes: [8, 13], zones: [a, 1], disk: 100GB}
    apps:
      web:
        environment: {TZ: UTC}
        variables: {memory: 4096}
        sync: auto
        onFailure: rollback
  staging: {maxPrune: 50}
)");
  ASSERT_TRUE(reading) << reading.error().ToString();
  const EnvironmentSpec spec = reading->config.Environment("production");
  EXPECT_EQ(spec.provider, "grid");
  EXPECT_EQ(spec.sync, SyncPolicy::kManual);
  EXPECT_TRUE(spec.prune);
  EXPECT_EQ(spec.max_prune_percent, 5);
  EXPECT_EQ(spec.on_failure, OnFailure::kHold);
  EXPECT_EQ(spec.environment.at("TZ"), VariableSource("Europe/Brussels"));
  EXPECT_EQ(spec.environment.at("PORT"), VariableSource("8080"));
  EXPECT_EQ(spec.environment.at("VERSION"), VariableSource("1.10"));
  EXPECT_EQ(spec.environment.at("KEY"), VariableSource(SecretRef{Path("api.key"), ""}));
  EXPECT_EQ(spec.variables.at("memory"), Value(std::int64_t{2048}));
  EXPECT_EQ(spec.variables.at("public"), Value(true));
  EXPECT_EQ(spec.variables.at("nodes"), Value(std::vector<std::int64_t>{8, 13}));
  EXPECT_EQ(spec.variables.at("zones"), Value(std::vector<std::string>{"a", "1"}));
  EXPECT_EQ(spec.variables.at("disk"), Value(std::string("100GB")));
  const AppOverride& web = spec.apps.at("web");
  EXPECT_EQ(web.environment.at("TZ"), VariableSource("UTC"));
  EXPECT_EQ(web.variables.at("memory"), Value(std::int64_t{4096}));
  EXPECT_EQ(web.sync, SyncPolicy::kAuto);
  EXPECT_EQ(web.on_failure, OnFailure::kRollback);
  EXPECT_EQ(reading->config.Environment("staging").max_prune_percent, 50);
}

TEST_F(KeysTest, LimitsListenAndPatterns) {
  Write("patterns/readme", "");
  const auto reading = Read(R"(
server: {listen: "[::1]:9000"}
patterns: [patterns]
limits: {parallelApps: 2, parallelFetches: 3, keepSnapshots: 4, stepTimeout: 1h, hookTimeout: 90s,
         stopGrace: 0s, runLogSize: 1GB, repositorySize: 512, appProcesses: 50, appOpenFiles: 100,
         appFileSize: 1GB, appMemory: 256MB, appDisk: 2GB, appFiles: 5000}
appUsers: {from: 2000, to: 2999}
environments: {own: {runAs: app, allowSudo: true, apps: {old: {runAs: engine}}}}
)");
  ASSERT_TRUE(reading) << reading.error().ToString();
  const Config& config = reading->config;
  EXPECT_EQ(config.server.listen, "[::1]:9000");
  EXPECT_THAT(config.patterns, ElementsAre(Path("patterns"), "/usr/share/tfgrid-compose/patterns"));
  const Limits& limits = config.limits;
  EXPECT_EQ(limits.parallel_apps, 2);
  EXPECT_EQ(limits.parallel_fetches, 3);
  EXPECT_EQ(limits.keep_snapshots, 4);
  EXPECT_EQ(limits.step_timeout, seconds(3600));
  EXPECT_EQ(limits.hook_timeout, seconds(90));
  EXPECT_EQ(limits.stop_grace, seconds(0));
  EXPECT_EQ(limits.run_log_bytes, 1024LL * 1024 * 1024);
  EXPECT_EQ(limits.repository_bytes, 512LL * 1024 * 1024);
  EXPECT_EQ(limits.app_processes, 50);
  EXPECT_EQ(limits.app_open_files, 100);
  EXPECT_EQ(limits.app_file_bytes, 1024LL * 1024 * 1024);
  EXPECT_EQ(limits.app_memory_bytes, 256LL * 1024 * 1024);
  EXPECT_EQ(limits.app_disk_bytes, 2LL * 1024 * 1024 * 1024);
  EXPECT_EQ(limits.app_files, 5000);
  EXPECT_EQ(config.app_users, (AppUsers{2000, 2999}));
  const EnvironmentSpec own = config.Environment("own");
  EXPECT_EQ(own.run_as, "app");
  EXPECT_TRUE(own.allow_sudo);
  EXPECT_EQ(own.apps.at("old").run_as, "engine");
}

TEST_F(KeysTest, ServerHasAllItsKeys) {
  Write("server.pem", "");
  Write("server.key", "");
  const auto reading = Read(R"(
server:
  publicUrl: https://gitops.example.org:8443/
  trustedProxies: [127.0.0.1, "10.0.0.0/8", "2001:db8::/32"]
  tls: {certificateFile: server.pem, keyFile: server.key}
  limits: {connections: 100, bodies: 5, bodyMemory: 64MB, headTimeout: 1s, bodyTimeout: 2s, idleTimeout: 3s,
           bodiesPerClient: 4, headBytes: 10000, headFields: 50, backlog: 7}
  driftInterval: 6h
)");
  ASSERT_TRUE(reading) << reading.error().ToString();
  const ServerSpec& server = reading->config.server;
  EXPECT_EQ(server.public_url, "https://gitops.example.org:8443");
  EXPECT_EQ(server.drift_interval, std::chrono::hours(6));
  EXPECT_THAT(Messages("server: {driftInterval: 31d}\n"), HasSubstr("server.driftInterval"));
  ASSERT_EQ(server.trusted_proxies.size(), 3U);
  EXPECT_EQ(server.trusted_proxies[1].ToString(), "10.0.0.0/8");
  EXPECT_EQ(server.tls, (TlsFiles{Path("server.pem"), Path("server.key")}));
  EXPECT_EQ(server.limits, (ServerLimits{100, 5, 64LL * 1024 * 1024, seconds(1), seconds(2),
                                         seconds(3), 4, 10'000, 50, 7}));
}

TEST_F(KeysTest, TheEnginesOwnLog) {
  const auto reading = Read("log: {format: json, level: debug}\n");
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->config.log, (LogSpec{"json", "debug"}));
  EXPECT_EQ(Read("sources: []\n")->config.log, LogSpec());
  EXPECT_THAT(Messages("log: {format: jsno}\n"), HasSubstr("did you mean \"json\"?"));
  EXPECT_THAT(Messages("log: {level: loud}\n"), HasSubstr("log.level"));
}

TEST_F(KeysTest, UsersOfAppsHaveToMakeSense) {
  EXPECT_FALSE(Read("appUsers: {from: 3000, to: 2999}\n"));
  EXPECT_FALSE(Read("appUsers: {from: 0}\n"));
  EXPECT_FALSE(Read("environments: {a: {runAs: \"-x\"}}\n"));
  EXPECT_FALSE(Read("environments: {a: {runAs: \"\"}}\n"));
}

TEST_F(KeysTest, AUserOfAppsIsNamedAsAccountsAre) {
  const auto accepts = [&](const std::string& name) {
    return Read("environments: {a: {runAs: \"" + name + "\"}}\n").has_value();
  };
  for (const std::string& name : {std::string("w"), std::string("a.b_c-9"), std::string(32, 'a')}) {
    EXPECT_TRUE(accepts(name)) << name;
  }
  for (const std::string& name : {std::string("a:b"), std::string("Web"), std::string("a b"),
                                  std::string("../a"), std::string(33, 'a')}) {
    EXPECT_FALSE(accepts(name)) << name;
  }
}

TEST_F(KeysTest, APathMayEndInASlashAndBeginAtHome) {
  Write("patterns/readme", "");
  const auto reading = Read("patterns: [patterns/]\nsources: [{name: a, url: ~/apps.git/}]\n");
  ASSERT_TRUE(reading) << reading.error().ToString();
  EXPECT_EQ(reading->config.patterns.front(), Path("patterns"));
  EXPECT_EQ(reading->config.sources.front().url, Path("home/apps.git"));
}

TEST_F(KeysTest, TheDefaultsOfTheTableAreThoseOfTheModel) {
  // The table shows defaults to people; the model holds them. Here they meet.
  const auto reading = Read(R"(
sources: [{name: a, url: /a, branch: main, path: ., interval: 60s, timeout: 2m, environment: default}]
environments: {default: {provider: local, sync: auto, prune: false, maxPrune: 20%, onFailure: rollback,
                         runAs: engine, allowSudo: false}}
appUsers: {from: 70000, to: 99999}
server: {listen: "127.0.0.1:8420", trustedProxies: [],
         limits: {connections: 12000, bodies: 64, bodyMemory: 128MB, headTimeout: 5s, bodyTimeout: 30s,
                  idleTimeout: 60s, bodiesPerClient: 16, headBytes: 65536, headFields: 100, backlog: 1024},
         driftInterval: 0s}
limits: {parallelApps: 8, parallelFetches: 8, keepSnapshots: 10, stepTimeout: 30m, hookTimeout: 15m,
         stopGrace: 10s, runLogSize: 10MB, repositorySize: 4GB, appProcesses: 1024,
         appOpenFiles: 65536, appFileSize: 64GB, appDisk: 64GB, appFiles: 1000000}
)");
  ASSERT_TRUE(reading) << reading.error().ToString();
  SourceSpec source;
  source.name = "a";
  source.url = "/a";
  source.location = reading->config.sources.front().location;
  EXPECT_EQ(reading->config.sources.front(), source);
  EnvironmentSpec environment;
  environment.name = "default";
  environment.location = reading->config.environments.at("default").location;
  EXPECT_EQ(reading->config.environments.at("default"), environment);
  EXPECT_EQ(reading->config.limits, Limits());
  EXPECT_EQ(reading->config.app_users, AppUsers());
  EXPECT_EQ(reading->config.server, ServerSpec());
}

TEST_F(KeysTest, ExtensionsAreFree) {
  const auto reading = Read("x-note: {any: thing}\nenvironments: {x-base: {what: ever}}\n");
  ASSERT_TRUE(reading) << reading.error().ToString();
  EXPECT_THAT(reading->config.environments, IsEmpty());
}

}  // namespace
}  // namespace gitops
