// SshGitServer: OpenSSH's sshd on a free port of loopback, one process per connection (sshd -i),
// with host keys and authorized keys of its own. Needs root, as sshd does.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/git_fixture.h"
#include "tests/support/tcp_server.h"

namespace gitops {

class SshGitServer {
 public:
  explicit SshGitServer(GitFixture& fixture) : fixture_(fixture) {
    mkdir("/run/sshd", 0755);  // sshd wants it, and it is gone after each boot.
    for (const std::string type : {"ed25519", "ecdsa", "rsa"}) MakeKey(type, "host_" + type);
    MakeKey("ed25519", "client");
    fixture.WriteFile(fixture.Path("authorized_keys"),
                      GitFixture::ReadFile(fixture.Path("client.pub")));
    UseHostKeys({"ed25519", "ecdsa", "rsa"});
    server_ = std::make_unique<TcpServer>([this](int connection, int) { Serve(connection); });
  }

  void MakeKey(const std::string& type, const std::string& name,
               const std::string& passphrase = "") {
    std::error_code error;
    std::filesystem::remove(fixture_.Path(name), error);
    std::vector<std::string> argv = {"ssh-keygen", "-q",       "-t", type,
                                     "-N",         passphrase, "-f", fixture_.Path(name)};
    if (type == "rsa") argv.insert(argv.end(), {"-b", "1024"});  // Quick to make.
    fixture_.Run(argv);
  }
  void UseHostKeys(const std::vector<std::string>& types) {
    std::string config =
        "UsePAM no\nStrictModes no\nPermitRootLogin yes\nPasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\nPidFile none\nLogLevel ERROR\nAuthorizedKeysFile " +
        fixture_.Path("authorized_keys") + "\n";
    for (const std::string& type : types) {
      config += "HostKey " + fixture_.Path("host_" + type) + "\n";
    }
    fixture_.WriteFile(fixture_.Path("sshd_config"), config);
  }

  int port() const { return server_->port(); }
  std::string Name() const { return "[127.0.0.1]:" + std::to_string(port()); }
  std::string Url(const std::string& path) const {
    return "ssh://root@127.0.0.1:" + std::to_string(port()) + path;
  }
  /// A line for known_hosts with the host key of this type.
  std::string KnownHostsLine(const std::string& type) const {
    return Name() + " " + GitFixture::ReadFile(fixture_.Path("host_" + type + ".pub"));
  }

 private:
  void Serve(int connection) const {
    const std::string config = fixture_.Path("sshd_config");
    const std::vector<std::string> words = {"/usr/sbin/sshd", "-i", "-e", "-f", config};
    std::vector<char*> argv;
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    char* environment[] = {path.data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, connection, 0);
    posix_spawn_file_actions_adddup2(&actions, connection, 1);
    posix_spawn_file_actions_addopen(&actions, 2, fixture_.Path("sshd.log").c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0600);
    pid_t pid = 0;
    if (posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environment) == 0) {
      waitpid(pid, nullptr, 0);
    }
    posix_spawn_file_actions_destroy(&actions);
  }

  GitFixture& fixture_;
  std::unique_ptr<TcpServer> server_;
};

}  // namespace gitops
