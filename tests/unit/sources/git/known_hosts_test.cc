#include "sources/known_hosts.h"

#include <gtest/gtest.h>

#include "sources/base64.h"
#include "sources/ssh_key.h"
#include "tests/support/git_fixture.h"

namespace gitops {
namespace {

/// The raw bytes of an ed25519 host key with this filling.
std::string Blob(char fill) {
  return std::string("\0\0\0\x0bssh-ed25519\0\0\0\x20", 19) + std::string(32, fill);
}
std::string Key(char fill) { return "ssh-ed25519 " + Base64Padded(Blob(fill)); }

TEST(Base64, GoesRoundTrip) {
  for (const std::string& bytes : {std::string(), std::string("f"), std::string("fo"),
                                   std::string("foo"), std::string("\0\xff\x80", 3)}) {
    EXPECT_EQ(Base64Decode(Base64Padded(bytes)), bytes);
    EXPECT_EQ(Base64Decode(Base64Unpadded(bytes)), bytes);
  }
  EXPECT_EQ(Base64Padded("foob"), "Zm9vYg==");
  EXPECT_FALSE(Base64Decode("a"));
  EXPECT_FALSE(Base64Decode("a*b="));
}

struct Row {
  const char* hosts;
  const char* host;
  int port;
  bool matches;
};

TEST(KnownHosts, MatchesNamesAsOpenSshDoes) {
  const Row table[] = {
      {"example.org", "example.org", 22, true},
      {"example.org", "example.org", 2222, false},
      {"[example.org]:2222", "example.org", 2222, true},
      {"[example.org]:2222", "example.org", 22, false},
      {"a.org,example.org,10.0.0.1", "example.org", 22, true},
      {"a.org,example.org,10.0.0.1", "10.0.0.1", 22, true},
      {"EXAMPLE.org", "example.org", 22, true},
      {"*.example.org", "git.example.org", 22, true},
      {"*.example.org", "example.org", 22, false},
      {"*.example.org,!bad.example.org", "bad.example.org", 22, false},
      {"!bad.example.org,*.example.org", "bad.example.org", 22, false},
      {"git?.example.org", "git1.example.org", 22, true},
      {"git?.example.org", "git.example.org", 22, false},
      {"*", "anything", 22, true},
      {"example.org.evil", "example.org", 22, false},
      {"xample.org", "example.org", 22, false},
  };
  for (const Row& row : table) {
    const std::string file = std::string(row.hosts) + " " + Key('a') + " comment\n";
    const KnownKeys known = FindHostKeys(file, row.host, row.port);
    EXPECT_EQ(!known.keys.empty(), row.matches) << row.hosts << " / " << row.host;
  }
}

TEST(KnownHosts, ReadsHashedNamesThatOpenSshWrote) {
  GitFixture fixture;
  const std::string path = fixture.Path("known_hosts");
  fixture.WriteFile(path, "example.org " + Key('a') + "\n[example.org]:2222 " + Key('b') + "\n");
  fixture.Run({"ssh-keygen", "-q", "-H", "-f", path});
  const std::string file = GitFixture::ReadFile(path);
  ASSERT_EQ(file.find("example"), std::string::npos);
  EXPECT_EQ(JudgeHostKey(FindHostKeys(file, "example.org", 22), Blob('a')), HostKeyVerdict::kKnown);
  EXPECT_EQ(JudgeHostKey(FindHostKeys(file, "example.org", 2222), Blob('b')),
            HostKeyVerdict::kKnown);
  EXPECT_EQ(JudgeHostKey(FindHostKeys(file, "example.org", 2222), Blob('a')),
            HostKeyVerdict::kChanged);
  EXPECT_EQ(JudgeHostKey(FindHostKeys(file, "example.net", 22), Blob('a')),
            HostKeyVerdict::kUnknown);
}

TEST(KnownHosts, RevokedWinsAndMarkersDoNotTrust) {
  const std::string file = "# comment\n\nexample.org " + Key('a') + "\r\n@revoked * " + Key('a') +
                           "\n@cert-authority * " + Key('c') + "\nexample.org " + Key('b') + "\n";
  const KnownKeys known = FindHostKeys(file, "example.org", 22);
  EXPECT_EQ(JudgeHostKey(known, Blob('a')), HostKeyVerdict::kRevoked);
  EXPECT_EQ(JudgeHostKey(known, Blob('b')), HostKeyVerdict::kKnown);
  EXPECT_EQ(JudgeHostKey(known, Blob('c')), HostKeyVerdict::kChanged);
}

TEST(KnownHosts, PassesOverWhatItCannotRead) {
  const std::string file =
      "example.org\nexample.org ssh-ed25519\nexample.org ssh-ed25519 *****\n"
      "example.org ssh-rsa " +
      Base64Padded(Blob('a')) + "\n|1|xx|yy " + Key('a') + "\n|1| " + Key('a') +
      "\n@revoked\nexample.org ssh-ed25519 AAAA";
  EXPECT_TRUE(FindHostKeys(file, "example.org", 22).keys.empty());
  EXPECT_EQ(KeyTypeOf(std::string("\xff\xff\xff\xff", 4)), "");
}

TEST(KnownHosts, FingerprintsAreThoseOfSshKeygen) {
  GitFixture fixture;
  fixture.Run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", fixture.Path("k")});
  const std::string shown = fixture.Run({"ssh-keygen", "-l", "-f", fixture.Path("k.pub")});
  const std::string line = GitFixture::ReadFile(fixture.Path("k.pub"));
  const KnownKeys known = FindHostKeys("h " + line, "h", 22);
  ASSERT_EQ(known.keys.size(), 1U);
  EXPECT_NE(shown.find(Fingerprint(known.keys[0].blob)), std::string::npos) << shown;
}

struct KeyRow {
  std::vector<std::string> arguments;
  const char* type;
  bool encrypted;
};

TEST(SshKey, TellsKindsFromTheOutside) {
  const KeyRow table[] = {
      {{"-t", "ed25519", "-N", ""}, "ssh-ed25519", false},
      {{"-t", "ed25519", "-N", "passphrase"}, "ssh-ed25519", true},
      {{"-t", "rsa", "-b", "1024", "-N", ""}, "ssh-rsa", false},
      {{"-t", "rsa", "-b", "1024", "-N", "", "-m", "PEM"}, "ssh-rsa", false},
      {{"-t", "rsa", "-b", "1024", "-N", "", "-m", "PKCS8"}, "ssh-rsa", false},
      {{"-t", "rsa", "-b", "1024", "-N", "passphrase", "-m", "PEM"}, "ssh-rsa", true},
      {{"-t", "ecdsa", "-N", ""}, "ecdsa-sha2-nistp256", false},
      {{"-t", "ecdsa", "-N", "", "-m", "PEM"}, "ecdsa-sha2", false},
  };
  int number = 0;
  GitFixture fixture;
  for (const KeyRow& row : table) {
    const std::string path = fixture.Path("key" + std::to_string(number++));
    std::vector<std::string> argv = {"ssh-keygen", "-q", "-f", path};
    argv.insert(argv.end(), row.arguments.begin(), row.arguments.end());
    fixture.Run(argv);
    const auto info = InspectPrivateKey(GitFixture::ReadFile(path));
    ASSERT_TRUE(info) << number;
    EXPECT_EQ(info->type, row.type) << number;
    EXPECT_EQ(info->encrypted, row.encrypted) << number;
    EXPECT_FALSE(InspectPrivateKey(GitFixture::ReadFile(path + ".pub")));
  }
}

TEST(SshKey, RsaNeedsANewLibssh2) {
  const std::string rsa = "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n";
  for (const char* old : {"1.10.0", "1.9.0", "1.10.0_DEV"}) {
    const Status status = CheckUsableKey("/k", rsa, old);
    ASSERT_FALSE(status) << old;
    EXPECT_NE(status.error().primary().hint.find("ssh-keygen -t ed25519"), std::string::npos);
  }
  for (const char* fine : {"1.11.0", "1.11.1", "2.0.0", ""}) {
    EXPECT_TRUE(CheckUsableKey("/k", rsa, fine)) << fine;
  }
  EXPECT_FALSE(CheckUsableKey("/k", "hello", "1.11.0"));
  EXPECT_FALSE(CheckUsableKey("/k", "-----BEGIN OPENSSH PRIVATE KEY-----\nAA\n", "1.11.0"));
}

}  // namespace
}  // namespace gitops
