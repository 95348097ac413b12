// Sources over SSH: a real sshd, and keys that must not be accepted.
#include <unistd.h>

#include "sources/known_hosts.h"
#include "tests/integration/git/mirror_test_base.h"
#include "tests/support/ssh_git_server.h"

namespace gitops {
namespace {

using Names = std::vector<std::string>;

class SshSource : public MirrorTest {
 protected:
  void SetUp() override {
    if (geteuid() != 0 || access("/usr/sbin/sshd", X_OK) != 0) {
      GTEST_SKIP() << "needs root and /usr/sbin/sshd (package openssh-server)";
    }
    server_ = std::make_unique<SshGitServer>(fixture_);
    fixture_.Commit(fixture_.Path("up.git"), {{"web/tfgrid-compose.yaml", "1"}});
    fixture_.Git(fixture_.Path("up.git"), {"config", "safe.directory", "*"});
    Know(server_->KnownHostsLine("ed25519"));
  }
  void Know(const std::string& text) { fixture_.WriteFile(fixture_.Path("known_hosts"), text); }
  SourceSpec Ssh(const std::string& key = "client") const {
    SourceSpec source = Source(server_->Url(fixture_.Path("up.git")));
    source.auth.ssh_key_file = fixture_.Path(key);
    source.auth.known_hosts_file = fixture_.Path("known_hosts");
    return source;
  }
  std::string FingerprintOf(const std::string& key) {
    const std::string line = fixture_.Run({"ssh-keygen", "-l", "-f", fixture_.Path(key + ".pub")});
    return line.substr(line.find("SHA256:"), 50);
  }

  std::unique_ptr<SshGitServer> server_;
};

TEST_F(SshSource, FetchesWithAKnownHostKeyOfAnyKind) {
  const Revision revision = MustFetch(Ssh());
  EXPECT_EQ(AppPaths(Ssh(), revision), Names{"web"});
  EXPECT_EQ(MustFetch(Ssh(), revision), revision);
  EXPECT_EQ(counters_.fetches, 1U);
  // The server has three keys; whichever is known has to be the one that is asked for.
  Know(server_->KnownHostsLine("ecdsa"));
  const auto ecdsa = Fetch(Ssh(), revision);
  EXPECT_TRUE(ecdsa) << Explain(ecdsa);
  Know(server_->KnownHostsLine("rsa"));
  const auto rsa = Fetch(Ssh(), revision);
  if (!rsa) {  // libssh2 before 1.11.
    ExpectError(rsa, ErrorKind::kInvalid, {"RSA host keys do not work", "ssh-keyscan -t ed25519"});
  }
  Know(server_->KnownHostsLine("ed25519"));
  fixture_.Run({"ssh-keygen", "-q", "-H", "-f", fixture_.Path("known_hosts")});
  EXPECT_TRUE(Fetch(Ssh(), revision));
}

TEST_F(SshSource, AnUnknownHostKeyIsRefused) {
  Know("example.org ssh-ed25519 AAAA\n");
  ExpectError(Fetch(Ssh()), ErrorKind::kInvalid,
              {"SSH host key is not known", server_->Name(), "SHA256:", "ssh-keyscan -p"});
  Know("");
  ExpectError(Fetch(Ssh()), ErrorKind::kInvalid, {"SSH host key is not known"});
  Know("@cert-authority * " + GitFixture::ReadFile(fixture_.Path("host_ed25519.pub")));
  ExpectError(Fetch(Ssh()), ErrorKind::kInvalid, {"SSH host key is not known"});
}

TEST_F(SshSource, AChangedHostKeyIsRefusedWithBothFingerprints) {
  const std::string before = FingerprintOf("host_ed25519");
  server_->MakeKey("ed25519", "host_ed25519");
  server_->UseHostKeys({"ed25519"});
  ExpectError(Fetch(Ssh()), ErrorKind::kInvalid,
              {"SSH host key has changed", before, FingerprintOf("host_ed25519")});
}

TEST_F(SshSource, ARevokedHostKeyIsRefused) {
  const std::string line = server_->KnownHostsLine("ed25519");
  Know(line + "@revoked " + line);
  ExpectError(Fetch(Ssh()), ErrorKind::kInvalid, {"SSH host key is revoked"});
}

TEST_F(SshSource, AKeyThatTheServerDoesNotKnow) {
  server_->MakeKey("ed25519", "stranger");
  ExpectError(Fetch(Ssh("stranger")), ErrorKind::kInvalid,
              {"credentials were refused", "stranger", "deploy keys"});
}

TEST_F(SshSource, KeysThatCannotWorkAreNamedBeforeConnecting) {
  server_->MakeKey("ed25519", "locked", "passphrase");
  ExpectError(Fetch(Ssh("locked")), ErrorKind::kInvalid, {"passphrase", "ssh-keygen -t ed25519"});
  ExpectError(Fetch(Ssh("client.pub")), ErrorKind::kInvalid, {"public key"});
  ExpectError(Fetch(Ssh("none")), ErrorKind::kNotFound, {"auth.sshKeyFile"});
  SourceSpec no_key = Ssh();
  no_key.auth.ssh_key_file.clear();
  ExpectError(Fetch(no_key), ErrorKind::kInvalid, {"auth.sshKeyFile"});
  SourceSpec no_hosts = Ssh();
  no_hosts.auth.known_hosts_file.clear();
  ExpectError(Fetch(no_hosts), ErrorKind::kInvalid, {"auth.knownHostsFile", "ssh-keyscan"});
}

TEST_F(SshSource, AnRsaKeyWorksOrIsExplained) {
  server_->MakeKey("rsa", "rsa");
  fixture_.WriteFile(fixture_.Path("authorized_keys"),
                     GitFixture::ReadFile(fixture_.Path("rsa.pub")));
  const auto result = Fetch(Ssh("rsa"));
  if (!result) {  // libssh2 before 1.11.
    ExpectError(result, ErrorKind::kInvalid,
                {"RSA keys do not work with this libssh2", "ssh-keygen -t ed25519"});
  }
}

TEST_F(SshSource, ARepositoryThatIsNotThere) {
  SourceSpec source = Ssh();
  source.url = server_->Url(fixture_.Path("none.git"));
  const auto result = Fetch(source);
  ExpectError(result, ErrorKind::kNotFound, {"repository not found", "none.git"});
}

TEST_F(SshSource, TheScpFormOnTheUsualPortNeedsAKnownHostToo) {
  SourceSpec source = Ssh();
  source.url = "git@localhost.invalid:acme/apps.git";
  ExpectError(Fetch(source), ErrorKind::kTransient, {"localhost.invalid"});
}

TEST_F(SshSource, RevertIsPushedOverSsh) {
  const Revision good = MustFetch(Ssh());
  const ObjectId tree = (*mirror_->FindApps(Ssh(), *mirror_->TreeAt(Ssh(), good.commit)))[0].tree;
  fixture_.Commit(fixture_.Path("up.git"), {{"web/tfgrid-compose.yaml", "bad"}});
  const auto reverted = mirror_->PushRevert(Ssh(), "web", tree, "Revert web", {});
  ASSERT_TRUE(reverted) << Explain(reverted);
  EXPECT_EQ(fixture_.Git(fixture_.Path("up.git"), {"rev-parse", "main"}), reverted->commit.Hex());
}

}  // namespace
}  // namespace gitops
