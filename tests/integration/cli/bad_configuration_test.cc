// What may be wrong with reconciler.yaml and what it names, against the real binary. What needs
// another user or another file system is tested where it can be made: unreadable files
// (ConfigFileTest.NotReadable), network file systems (StateFileTest), old and new schemas in depth
// (DatabaseTest).
#include <sys/stat.h>

#include "tests/integration/cli/bad_input.h"

namespace gitops {
namespace {

using testing::BadInput;
using testing::CheckRow;
using testing::Program;

class BadConfiguration : public ::testing::TestWithParam<BadInput> {};

TEST_P(BadConfiguration, IsSaidWithItsPlaceAndChangesNothing) { CheckRow(GetParam()); }

/// A row with this text as its reconciler.yaml, which is refused.
BadInput Refused(std::string name, std::string text, std::vector<std::string> says,
                 std::vector<std::string> never = {}) {
  says.emplace_back("reconciler.yaml:");
  return {std::move(name),
          {"reconcile", "--dry-run"},
          kExitFailed,
          std::move(says),
          [text](Program& program) { program.directory.Write("reconciler.yaml", text); },
          std::move(never)};
}

/// The same, but it is only warned about.
BadInput Warned(std::string name, std::string text, std::vector<std::string> says,
                std::vector<std::string> never = {}) {
  BadInput row = Refused(std::move(name), std::move(text), std::move(says), std::move(never));
  row.words = {"validate", "reconciler.yaml"};
  row.exit_code = kExitDone;
  row.says.emplace_back("warning: ");
  return row;
}

/// `row` with more files, as path → bytes of mode 0600.
BadInput With(BadInput row, std::map<std::string, std::string> files) {
  const auto before = row.prepare;
  row.prepare = [before, files = std::move(files)](Program& program) {
    before(program);
    for (const auto& [path, bytes] : files) program.directory.Write(path, bytes, 0600);
  };
  return row;
}

std::string Source(const std::string& more) {
  return "sources:\n  - name: apps\n    url: /srv/apps.git\n    " + more + "\n";
}

std::string SourceAt(const std::string& url) {
  return "sources:\n  - name: apps\n    url: " + url + "\n";
}

std::string Ssh(const std::string& more) {
  return "sources:\n  - name: apps\n    url: ssh://git@example.org/a.git\n    auth: {" + more +
         "}\n";
}

INSTANTIATE_TEST_SUITE_P(
    File, BadConfiguration,
    ::testing::Values(
        BadInput{"config_01_file_missing",
                 {"--config", "none.yaml", "status"},
                 kExitFailed,
                 {"none.yaml", "write a first one: printf"},
                 nullptr},
        BadInput{
            "config_01_file_of_the_variable_missing",
            {"status"},
            kExitFailed,
            {"none.yaml", "hint: "},
            [](Program& program) { program.environment["TFGRID_COMPOSE_CONFIG"] = "none.yaml"; }},
        BadInput{"config_03_a_directory",
                 {"--config", "folder", "status"},
                 kExitFailed,
                 {"folder", "is a directory", "folder/reconciler.yaml"},
                 [](Program& program) { program.directory.Write("folder/x", ""); }},
        BadInput{"config_03_a_device",
                 {"--config", "/dev/zero", "status"},
                 kExitFailed,
                 {"/dev/zero", "no regular file"},
                 nullptr},
        Refused("config_04_empty", "", {"reconciler.yaml:1:1", "empty", "sources: []"}),
        Refused("config_04_only_comments", "# sources\n", {"reconciler.yaml:1:1", "empty"}),
        Refused("config_05_syntax_error_on_line_7",
                "# 1\n# 2\n# 3\n# 4\n# 5\nsources:\n  - {name: apps, url: [}\n",
                {"reconciler.yaml:7:"}),
        Refused("config_05_tab", "sources:\n\t- name: a\n", {"reconciler.yaml:2:1", "tab"}),
        Refused("config_05_two_documents", "sources: []\n---\nsources: []\n",
                {"reconciler.yaml:2:"}),
        Refused("config_05_control_byte", "sources: [] # \x1b[31m\n",
                {"reconciler.yaml:1:", "control"}),
        Refused("config_05_not_utf8", "sources: [] # \xff\n", {"reconciler.yaml:1:", "UTF-8"}),
        Refused("config_05_duplicate_key", "sources: []\nsources: []\n",
                {"reconciler.yaml:2:1", "duplicate"}),
        Refused("config_05_alias", "sources: &a [*a]\n", {"reconciler.yaml:1:"}),
        Refused("config_06_unknown_key", Source("intervall: 60s"),
                {"reconciler.yaml:4:5", "did you mean \"interval\"?"}),
        Refused("config_06_unknown_key_of_limits", "limits: {paralelApps: 4}\n",
                {"reconciler.yaml:1:10", "did you mean \"parallelApps\"?"}),
        Refused("config_06_key_in_capitals", "Sources: []\n", {"did you mean \"sources\"?"}),
        BadInput{"config_07_world_writable",
                 {"reconcile"},
                 kExitFailed,
                 {"mode 0666", "chmod o-w ", "reconciler.yaml"},
                 [](Program& program) {
                   program.directory.Write("reconciler.yaml", "sources: []\n", 0666);
                 }},
        BadInput{"config_07_folder_world_writable",
                 {"--config", "open/reconciler.yaml", "status"},
                 kExitFailed,
                 {"mode 0777", "chmod o-w "},
                 [](Program& program) {
                   program.directory.Write("open/reconciler.yaml", "sources: []\n");
                   ASSERT_EQ(chmod((program.directory / "open").c_str(), 0777), 0);
                 }},
        BadInput{"config_29_fifty_megabytes",
                 {"status"},
                 kExitFailed,
                 {"16777216 bytes, the limit"},
                 [](Program& program) {
                   program.directory.Write("reconciler.yaml", "sources: []\n");
                   std::filesystem::resize_file(program.directory / "reconciler.yaml", 50 << 20);
                 }},
        BadInput{"config_30_unknown_log_level",
                 {"status", "--log-level", "loud"},
                 kExitUsage,
                 {"loud", "trace, debug, info"},
                 nullptr}),
    testing::NameOfRow);

INSTANTIATE_TEST_SUITE_P(
    Sources, BadConfiguration,
    ::testing::Values(
        Refused("config_09_interval_zero", Source("interval: 0"), {":4:15", "unit"}),
        Refused("config_09_interval_zero_seconds", Source("interval: 0s"), {":4:15", "1s to 24h"}),
        Refused("config_09_interval_negative", Source("interval: -5s"), {":4:15", "unit"}),
        Refused("config_09_interval_without_unit", Source("interval: 5"), {":4:15", "60s"}),
        Refused("config_09_interval_unknown_unit", Source("interval: 5x"), {":4:15", "60s"}),
        Refused("config_09_interval_exponent", Source("interval: 1e9h"), {":4:15", "60s"}),
        Refused("config_09_interval_words", Source("interval: 10 years"), {":4:15", "60s"}),
        Refused("config_09_timeout_a_list", Source("timeout: [5s]"), {":4:14", "a list"}),
        Refused("config_11_one_name_twice",
                "sources:\n  - {name: a, url: /a}\n  - {name: a, url: /b}\n",
                {":3:", "line 2", "line 3", "give each its own name"}),
        Warned("config_12_same_place_twice",
               "sources:\n  - {name: a, url: /x}\n  - {name: b, url: /x, branch: main}\n",
               {"\"a\" and \"b\"", "same repository, ref and path"}),
        Refused("config_13_password_in_http", SourceAt("http://bob:hunter2@example.org/a.git"),
                {":3:10", "\"http://example.org/a.git\"", "auth.tokenFile"}, {"hunter2", "bob"}),
        Refused("config_13_token_in_https", SourceAt("https://hunter2@example.org/a.git"),
                {":3:10", "auth.tokenFile"}, {"hunter2"}),
        Refused("config_13_password_with_a_slash", SourceAt("https://bob:hun/ter2@example.org/a"),
                {":3:10", "auth.tokenFile"}, {"ter2", "hun/"}),
        Refused("config_13_password_in_ssh", SourceAt("ssh://git:hunter2@example.org/a"),
                {":3:10", "auth.sshKeyFile"}, {"hunter2"}),
        BadInput{"config_14_file_url_is_a_path",
                 {"reconcile", "--dry-run"},
                 kExitFailed,
                 {"/no/such/place", "repository not found"},
                 [](Program& program) {
                   program.directory.Write("reconciler.yaml", SourceAt("file:///no/such/place"));
                 }},
        Refused("config_14_file_url_of_another_host", SourceAt("file://host/x"),
                {":3:10", "file:///absolute/path"}),
        Refused("config_14_remote_helper", SourceAt("'ext::sh -c id'"), {":3:10", "https://"}),
        Refused("config_14_option", SourceAt("-oProxyCommand=x"), {":3:10", "https://"}),
        Refused("config_14_line_break", SourceAt("\"https://a\\nb/c\""),
                {":3:10", "https://a\\nb/c", "control bytes"}),
        Refused("config_14_escape_sequence", SourceAt("\"https://a\\e[31m/c\""),
                {"reconciler.yaml:3:", "control"}),
        Refused("config_14_unknown_scheme", SourceAt("htps://example.org/a"),
                {":3:10", "did you mean \"https\"?"}),
        Refused("config_14_git_scheme", SourceAt("git://example.org/a"), {":3:10", "https://"}),
        Refused("config_14_dot_dot", SourceAt("https://example.org/a/../b"), {":3:10", "\"..\""}),
        Refused("config_15_ref_dots", Source("branch: refs/heads/.."), {":4:13", "refs/heads/.."}),
        Refused("config_15_ref_in_full", Source("branch: refs/heads/main"), {":4:13", "\"main\""}),
        Refused("config_15_ref_option", Source("branch: -x"), {":4:13", "begins with \"-\""}),
        Refused("config_15_ref_space", Source("branch: a b"), {":4:13", "a space"}),
        Refused("config_15_ref_empty", Source("branch: ''"), {":4:13", "it is empty"}),
        Refused("config_15_ref_reflog", Source("branch: '@{-1}'"), {":4:13"}),
        Refused("config_15_ref_search", Source("tag: ':/x'"), {":4:10"}),
        Refused("config_15_ref_expression", Source("branch: 'HEAD~99999999'"), {":4:13"}),
        Refused("config_15_ref_regex", Source("tag: '^{/(a+)+$}'"), {":4:10"}),
        Refused("config_15_commit_short", Source("commit: 0123abc"), {":4:13", "40"}),
        Refused("config_16_branch_and_tag", Source("branch: main\n    tag: v1"),
                {":5:10", "line 4", "line 5", "keep one"}),
        Refused("config_16_three_refs",
                Source("branch: a\n    tag: b\n    commit: " + std::string(40, 'a')),
                {":5:10", ":6:13"}),
        Refused("config_17_path_up", Source("path: ../x"), {":4:11", "inside the repository"}),
        Refused("config_17_path_absolute", Source("path: /abs"),
                {":4:11", "inside the repository"}),
        Refused("config_17_path_hidden_dots", Source("path: a/../../x"), {":4:11"}),
        Refused("config_17_path_of_git", Source("path: .git/hooks"), {":4:11"})),
    testing::NameOfRow);

INSTANTIATE_TEST_SUITE_P(
    Credentials, BadConfiguration,
    ::testing::Values(
        Warned("config_08_webhook_secret_in_clear",
               Source("webhook: {provider: github, secret: hunter2hunter2hunter2}"),
               {":4:", "sources[0].webhook.secret", "webhook.secret.file"}, {"hunter2"}),
        Warned("config_08_token_in_clear",
               "sources: [{name: a, url: 'https://x/a', auth: {token: hunter2hunter2}}]\n",
               {":1:", "sources[0].auth.token", "auth.tokenFile"}, {"hunter2"}),
        Refused("config_08_token_where_its_file_belongs",
                "sources: [{name: a, url: 'https://x/a', auth: {tokenFile: hunter2hunter2}}]\n",
                {"sources[0].auth.tokenFile", "there is no file"}, {"hunter2"}),
        Refused("config_08_token_where_auth_belongs",
                "sources: [{name: a, url: 'https://x/a', auth: hunter2hunter2}]\n",
                {"sources[0].auth", "mapping expected"}, {"hunter2"}),
        With(Refused("config_21_webhook_secret_empty",
                     Source("webhook: {provider: github, secret: {file: secret}}"),
                     {"source \"apps\"", "0 bytes", "at least 16", "openssl rand -hex 32"}),
             {{"secret", ""}}),
        With(Refused("config_21_webhook_secret_short",
                     Source("webhook: {provider: github, secret: {file: secret}}"),
                     {"source \"apps\"", "7 bytes", "openssl rand -hex 32"}, {"hunter2"}),
             {{"secret", "hunter2\n"}}),
        Refused("config_21_webhook_secret_file_missing",
                Source("webhook: {provider: github, secret: {file: no/such}}"),
                {":4:", "no/such", "hint: "}),
        Refused("config_21_webhook_secret_missing", Source("webhook: {provider: github}"),
                {"webhook secret missing", "openssl rand"}),
        With(
            [] {
              BadInput row = Warned("config_21_webhook_secret_ends_with_a_newline",
                                    Source("webhook: {provider: github, secret: {file: secret}}"),
                                    {}, {"hunter2"});
              row.says = {"newline removed", "reconciler.yaml:4:"};
              return row;
            }(),
            {{"secret", "hunter2hunter2hunter2\n"}}),
        Refused("config_23_known_hosts_missing", Ssh("sshKeyFile: key"),
                {"auth.knownHostsFile", "ssh-keyscan -t ed25519 example.org"}),
        Refused("config_23_known_hosts_file_missing", Ssh("knownHostsFile: /no/such"),
                {"auth.knownHostsFile", "/no/such"}),
        With(Refused("config_24_public_key", Ssh("sshKeyFile: key, knownHostsFile: known"),
                     {"auth.sshKeyFile", "public key", "\".pub\""}),
             {{"key", "ssh-ed25519 AAAA me\n"}, {"known", ""}}),
        With(Refused("config_24_key_with_a_passphrase",
                     Ssh("sshKeyFile: key, knownHostsFile: known"),
                     {"auth.sshKeyFile", "passphrase", "ssh-keygen -t ed25519"}),
             {{"key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"}, {"known", ""}}),
        With(Refused("config_24_dsa_key", Ssh("sshKeyFile: key, knownHostsFile: known"),
                     {"DSA", "ssh-keygen -t ed25519"}),
             {{"key", "-----BEGIN DSA PRIVATE KEY-----\n"}, {"known", ""}}),
        With(Refused("config_24_no_key_at_all", Ssh("sshKeyFile: key, knownHostsFile: known"),
                     {"PRIVATE KEY", "ssh-keygen -t ed25519"}, {"hunter2"}),
             {{"key", "hunter2"}, {"known", ""}})),
    testing::NameOfRow);

INSTANTIATE_TEST_SUITE_P(
    Rest, BadConfiguration,
    ::testing::Values(
        Refused("config_10_listen_port_too_large", "server: {listen: ':99999'}\n",
                {":1:18", "1 to 65535", "127.0.0.1:8420"}),
        Refused("config_10_listen_port_a_word", "server: {listen: 'localhost:http!'}\n",
                {":1:18", "http!", "1 to 65535"}),
        Refused("config_10_listen_no_host", "server: {listen: ':8420'}\n",
                {":1:18", "no host", "0.0.0.0:8420"}),
        Refused("config_10_listen_no_port", "server: {listen: localhost}\n", {":1:18", "no port"}),
        Refused("config_10_listen_a_number", "server: {listen: 8420}\n", {":1:18", "no port"}),
        Refused("config_18_database_unknown_scheme", "state: mysql://u:hunter2@h/db\n",
                {":1:8", "mysql", "sqlite:///"}, {"hunter2"}),
        Refused("config_18_database_without_a_scheme", "state: /var/lib/state.db\n",
                {":1:8", "sqlite:///"}),
        Refused("config_19_database_in_a_missing_folder", "state: sqlite:///no/such/folder/s.db\n",
                {":1:8", "mkdir -p /no/such/folder"}),
        Refused("config_19_database_in_a_file", "state: sqlite:///etc/passwd/s.db\n",
                {":1:8", "is not a directory"}),
        Refused("config_20_database_of_several_replicas", "state: postgresql://u:hunter2@h/db\n",
                {":1:8", "postgresql", "SQLite"}, {"hunter2"}),
        Refused("config_28_no_parallelism", "limits: {parallelApps: 0}\n", {":1:24", "1 to 1024"}),
        Refused("config_28_too_much_parallelism", "limits: {parallelFetches: 1000000}\n",
                {":1:27", "1 to 256"}),
        Refused("config_28_a_fraction", "limits: {parallelApps: 1.5}\n", {":1:24", "integer"}),
        [] {
          BadInput row =
              Warned("config_30_mistyped_variable", "sources: []\n", {"TFGRID_COMPOSE_STATE_DIR?"});
          row.says = {"warning: ", "TFGRID_COMPOSE_STATE_DIR?"};
          const auto before = row.prepare;
          row.prepare = [before](Program& program) {
            before(program);
            program.environment["TFGRID_COMPOSE_STATEDIR"] = "/x";
          };
          return row;
        }(),
        Refused("config_31_wrong_types_everywhere",
                "sources: {}\nenvironments: []\nlimits: 5\npatterns: x\nserver: []\nstate: {}\n",
                {":1:10", ":2:15", ":3:9", ":4:11", ":5:9", ":6:8"})),
    testing::NameOfRow);

}  // namespace
}  // namespace gitops
