// TLS: what is served with it, which files are refused, and what happens when they change.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "engine/server/tls_identity.h"
#include "tests/support/tls_files.h"
#include "tests/unit/server/front_world.h"

namespace gitops {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kRequest = "GET /test HTTP/1.1\r\nHost: a\r\n\r\n";

class TlsTest : public FrontWorld {
 protected:
  TlsTest() {
    options.tls = TlsFiles{dir_ / "server.pem", dir_ / "server.key"};
    options.tls_check = std::chrono::milliseconds(5);
  }

  void Put(const CertificatePem& pem) const {
    dir_.Write("server.key", pem.key, 0600);
    dir_.Write("server.pem", pem.certificate, 0644);
  }

  Error StartError() {
    auto started = HttpFront::Start(options, {}, clock, log);
    EXPECT_FALSE(started);
    return started ? MakeError(ErrorKind::kInvalid, "none") : std::move(started).error();
  }

  /// What a new connection is shown.
  std::string NameShown() const { return TlsClient(front->ports().front()).ServerName(); }

  const TempDir dir_;
};

TEST_F(TlsTest, ServesRequestsOneAfterAnother) {
  Put(MakeCertificate("one"));
  Start();
  TlsClient client(front->ports().front());
  ASSERT_TRUE(client.open());
  EXPECT_EQ(client.ServerName(), "one");
  EXPECT_EQ(client.version(), "TLSv1.3");
  for (int i = 0; i < 3; ++i) {
    client.Send(kRequest);
    EXPECT_THAT(client.ReadAnswer(), EndsWith("body of 0"));
  }
  const std::string body(1'000'000, 'x');
  client.Send(
      "POST /test HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\nConnection: close\r\n\r\n");
  client.Send(body);
  EXPECT_THAT(client.ReadAnswer(), EndsWith("body of 1000000"));
  EXPECT_TRUE(client.ServerCloses()) << "not just the socket: an answer cannot be cut short unseen";
}

TEST_F(TlsTest, SpeaksTls12AndNothingOlder) {
  Put(MakeCertificate("one"));
  Start();
  EXPECT_TRUE(TlsClient(front->ports().front(), TLS1_2_VERSION).open());
  EXPECT_FALSE(TlsClient(front->ports().front(), TLS1_1_VERSION).open());
}

TEST_F(TlsTest, AClientWithoutTlsIsCutOff) {
  Put(MakeCertificate("one"));
  Start();
  EXPECT_EQ(Exchange(kRequest).find("HTTP/1.1 200"), std::string::npos);
  EXPECT_TRUE(route->heads().empty());
}

TEST_F(TlsTest, AHandshakeHasADeadline) {
  Put(MakeCertificate("one"));
  options.threads = 1;
  Start();
  RawClient silent = Connect();
  EXPECT_TRUE(TlsClient(front->ports().front()).open());
  clock.Advance(std::chrono::milliseconds(4'999));
  EXPECT_TRUE(TlsClient(front->ports().front()).open());
  EXPECT_EQ(front->counts().expired, 0);
  clock.Advance(std::chrono::milliseconds(1));
  EXPECT_TRUE(silent.ServerCloses());
}

TEST_F(TlsTest, NewFilesAreTakenUpAndOpenConnectionsStay) {
  Put(MakeCertificate("one"));
  Start();
  TlsClient before(front->ports().front());
  Put(MakeCertificate("second"));
  Await([&] { return NameShown() == "second"; });
  before.Send(kRequest);
  EXPECT_THAT(before.ReadAnswer(), EndsWith("body of 0"));
  EXPECT_EQ(before.ServerName(), "one");
}

TEST_F(TlsTest, BadNewFilesLeaveTheOldOnesInUse) {
  Put(MakeCertificate("one"));
  const auto identity = TlsIdentity::Load(*options.tls);
  ASSERT_TRUE(identity);
  const TlsIdentity::Context first = (*identity)->current();
  const CertificatePem second = MakeCertificate("second");
  dir_.Write("server.pem", second.certificate, 0644);  // Still the first one's key.
  (*identity)->Refresh(log);
  EXPECT_EQ((*identity)->current(), first);
  dir_.Write("server.key", "nonsense", 0600);
  (*identity)->Refresh(log);
  EXPECT_EQ((*identity)->current(), first);
  std::filesystem::remove(dir_ / "server.key");
  (*identity)->Refresh(log);
  EXPECT_EQ((*identity)->current(), first);
  dir_.Write("server.key", second.key, 0600);
  (*identity)->Refresh(log);
  EXPECT_NE((*identity)->current(), first);
}

TEST_F(TlsTest, UnchangedFilesAreNotReadAgain) {
  Put(MakeCertificate("one"));
  const auto identity = TlsIdentity::Load(*options.tls);
  ASSERT_TRUE(identity);
  const TlsIdentity::Context first = (*identity)->current();
  (*identity)->Refresh(log);
  EXPECT_EQ((*identity)->current(), first);
}

TEST_F(TlsTest, MissingFilesAreAnError) {
  EXPECT_EQ(StartError().kind, ErrorKind::kNotFound);
  dir_.Write("server.key", MakeCertificate("one").key, 0600);
  const Error error = StartError();
  EXPECT_EQ(error.kind, ErrorKind::kNotFound);
  EXPECT_THAT(error.ToString(), HasSubstr("server.pem"));
}

TEST_F(TlsTest, AKeyThatOthersReadIsRefused) {
  Put(MakeCertificate("one"));
  for (const mode_t mode : {0644U, 0604U, 0660U, 0620U}) {
    chmod((dir_ / "server.key").c_str(), mode);
    const Error error = StartError();
    EXPECT_EQ(error.kind, ErrorKind::kInvalid) << mode;
    EXPECT_THAT(error.primary().hint, StartsWith("chmod 600 "));
  }
  chmod((dir_ / "server.key").c_str(), 0640);
  Start();
}

TEST_F(TlsTest, AKeyOfAnotherCertificateIsRefused) {
  Put({MakeCertificate("one").certificate, MakeCertificate("two").key});
  EXPECT_THAT(StartError().ToString(), HasSubstr("is not the key of the first certificate"));
}

TEST_F(TlsTest, TheServersOwnCertificateComesFirst) {
  const CertificatePem own = MakeCertificate("own");
  const CertificatePem issuer = MakeCertificate("issuer");
  Put({issuer.certificate + own.certificate, own.key});
  EXPECT_THAT(StartError().primary().hint, HasSubstr("comes first"));
  Put({own.certificate + issuer.certificate, own.key});
  Start();
}

TEST_F(TlsTest, AnExpiredCertificateIsRefused) {
  Put(MakeCertificate("one", -60));
  EXPECT_THAT(StartError().ToString(), HasSubstr("has expired"));
}

TEST_F(TlsTest, FilesThatAreNoPemAreRefused) {
  const CertificatePem good = MakeCertificate("one");
  Put({"nonsense", good.key});
  EXPECT_THAT(StartError().ToString(), HasSubstr("holds no certificate"));
  Put({good.certificate, "nonsense"});
  EXPECT_THAT(StartError().ToString(), HasSubstr("holds no private key"));
  Put({good.key, good.key});
  EXPECT_THAT(StartError().ToString(), HasSubstr("holds no certificate"));
  Put({good.certificate, ""});
  EXPECT_THAT(StartError().ToString(), HasSubstr("holds no private key"));
}

}  // namespace
}  // namespace gitops
