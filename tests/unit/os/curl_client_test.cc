#include "engine/os/curl_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <fstream>
#include <mutex>
#include <string>
#include <thread>

#include "tests/support/forge_server.h"
#include "tests/support/tcp_server.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_files.h"

namespace gitops {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CurlClientTest : public ::testing::Test {
 protected:
  static WebRequest Request(const std::string& url) {
    WebRequest request;
    request.url = Secret(url);
    request.headers.emplace_back("Content-Type", Secret("application/json"));
    request.headers.emplace_back("Authorization", Secret("Bearer hunter22"));
    request.body = "{\"a\":1}";
    request.timeout = std::chrono::milliseconds(5000);
    return request;
  }
  Result<WebResponse> Send(const std::string& url) { return client_.Send(Request(url), {}); }

  CurlClient client_;
  ForgeServer server_;
};

TEST_F(CurlClientTest, SendsWhatItIsGiven) {
  server_.AnswersUsually({201, {{"Retry-After", "17"}}, "done"});
  const auto response = Send(server_.Url("/a%2Fb?c=d"));
  ASSERT_TRUE(response) << response.error().ToString();
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(response->body, "done");
  EXPECT_EQ(response->retry_after, std::chrono::seconds(17));
  const auto requests = server_.Take();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[0].target, "/a%2Fb?c=d");
  EXPECT_EQ(requests[0].body, "{\"a\":1}");
  EXPECT_EQ(requests[0].Header("Authorization"), "Bearer hunter22");
  EXPECT_EQ(requests[0].Header("Content-Type"), "application/json");
}

TEST_F(CurlClientTest, ReadsHowLongAForgeWantsToBeLeftAlone) {
  server_.AnswersUsually(
      {403, {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1795219300"}}, ""});
  EXPECT_EQ(Send(server_.Url())->rate_limit_reset, std::chrono::seconds(1795219300));
  server_.AnswersUsually(
      {403, {{"X-RateLimit-Remaining", "5"}, {"X-RateLimit-Reset", "1795219300"}}, ""});
  EXPECT_EQ(Send(server_.Url())->rate_limit_reset, std::nullopt);
  server_.AnswersUsually({503, {{"Retry-After", "Fri, 27 Nov 2026 22:00:00 GMT"}}, ""});
  EXPECT_EQ(Send(server_.Url())->retry_after, std::nullopt);
}

TEST_F(CurlClientTest, FollowsNoRedirect) {
  ForgeServer other;
  server_.AnswersUsually({302, {{"Location", other.Url("/stolen")}}, ""});
  const auto response = Send(server_.Url());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 302);
  EXPECT_TRUE(other.Take().empty());
}

TEST_F(CurlClientTest, RefusesLinkLocalAddresses) {
  for (const char* url : {"http://169.254.169.254/latest", "http://[fe80::1]/",
                          "http://[::ffff:169.254.169.254]/", "http://0.0.0.0:1/"}) {
    const auto response = Send(url);
    ASSERT_FALSE(response) << url;
    EXPECT_EQ(response.error().kind, ErrorKind::kInvalid) << url;
    EXPECT_EQ(response.error().primary().summary, "address is refused") << url;
  }
}

TEST_F(CurlClientTest, SpeaksOnlyHttp) {
  for (const char* url :
       {"file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/", "nonsense://x"}) {
    const auto response = Send(url);
    ASSERT_FALSE(response) << url;
    EXPECT_EQ(response.error().kind, ErrorKind::kInvalid) << url;
  }
}

TEST_F(CurlClientTest, AnEndlessAnswerIsCutOff) {
  server_.AnswersUsually({200, {}, std::string(10 << 20, 'x')});
  const auto response = Send(server_.Url());
  ASSERT_TRUE(response) << response.error().ToString();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body.size(), 64U * 1024);
}

TEST_F(CurlClientTest, ALargeAnswerIsReadWhereItIsWanted) {
  const std::string large(1 << 20, 'x');
  server_.AnswersUsually({200, {}, large});
  WebRequest request = Request(server_.Url());
  request.body_limit = large.size();
  const auto whole = client_.Send(request, {});
  ASSERT_TRUE(whole) << whole.error().ToString();
  EXPECT_EQ(whole->body, large);
  EXPECT_FALSE(whole->truncated);
  --request.body_limit;
  const auto cut = client_.Send(request, {});
  ASSERT_TRUE(cut) << cut.error().ToString();
  EXPECT_TRUE(cut->truncated);
}

TEST_F(CurlClientTest, WhatStaysOnThisMachineConnectsToNoOther) {
  server_.AnswersUsually({200, {}, "here"});
  WebRequest request = Request(server_.Url());
  request.method = "GET";
  request.body.clear();
  request.loopback = true;
  ASSERT_TRUE(client_.Send(request, {}));
  EXPECT_EQ(server_.Take().back().method, "GET");
  for (const char* url : {"http://10.0.0.1/", "http://192.0.2.1:8420/", "http://[fd00::1]/"}) {
    request.url = Secret(url);
    const auto refused = client_.Send(request, {});
    ASSERT_FALSE(refused) << url;
    EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid) << url;
  }
}

TEST_F(CurlClientTest, TakesAStrangersCertificateOnlyWhenTold) {
  const TempDir directory;
  const CertificatePem pem = MakeCertificate("elsewhere.example");
  std::ofstream(directory.path() + "/cert") << pem.certificate;
  std::ofstream(directory.path() + "/key") << pem.key;
  httplib::SSLServer server((directory.path() + "/cert").c_str(),
                            (directory.path() + "/key").c_str());
  server.Post("/",
              [](const httplib::Request&, httplib::Response& response) { response.status = 202; });
  const int port = server.bind_to_any_port("127.0.0.1");
  std::thread thread([&] { server.listen_after_bind(); });
  while (!server.is_running()) std::this_thread::yield();
  WebRequest request = Request("https://127.0.0.1:" + std::to_string(port) + "/");
  const auto refused = client_.Send(request, {});
  request.any_certificate = true;
  const auto taken = client_.Send(request, {});
  server.stop();
  thread.join();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kTransient);
  ASSERT_TRUE(taken) << taken.error().ToString();
  EXPECT_EQ(taken->status, 202);
}

TEST_F(CurlClientTest, ErrorsHoldNothingOfTheRequest) {
  const int port = server_.port() == 1 ? 2 : 1;
  const auto response = Send("http://127.0.0.1:" + std::to_string(port) + "/services/hunter22");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kTransient);
  EXPECT_THAT(response.error().ToString(), Not(HasSubstr("hunter22")));
}

TEST_F(CurlClientTest, ASecretBeginsNoOtherHeader) {
  WebRequest request = Request(server_.Url());
  request.headers.emplace_back("X-Key", Secret("hunter22\r\nX-Admin: 1"));
  const auto response = client_.Send(request, {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(response.error().ToString(), Not(HasSubstr("hunter22")));
  EXPECT_TRUE(server_.Take().empty());
}

TEST_F(CurlClientTest, AStopEndsARequest) {
  std::stop_source stop;
  stop.request_stop();
  const auto response = client_.Send(Request(server_.Url()), stop.get_token());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kCancelled);
}

TEST_F(CurlClientTest, AMuteServerIsGivenUpOn) {
  const TcpServer mute([](int, int end) {
    pollfd item{end, POLLIN, 0};
    poll(&item, 1, -1);
  });
  WebRequest request = Request("http://" + mute.Address() + "/");
  request.timeout = std::chrono::milliseconds(100);
  const auto response = client_.Send(request, {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kTransient);
  EXPECT_EQ(response.error().primary().summary, "no answer in time");
}

/// A mail server that takes one mail and says `verdict` at its end.
class MailServer {
 public:
  explicit MailServer(std::string verdict)
      : verdict_(std::move(verdict)), server_([this](int connection, int) { Serve(connection); }) {}

  std::string Url() const { return "smtp://" + server_.Address(); }
  std::string Taken() {
    const std::lock_guard lock(mutex_);
    return taken_;
  }

 private:
  static void Say(int connection, const std::string& line) {
    const std::string text = line + "\r\n";
    EXPECT_EQ(write(connection, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  void Serve(int connection) {
    Say(connection, "220 mail.example.org");
    std::string line;
    bool data = false;
    for (char c = 0; read(connection, &c, 1) == 1;) {
      line += c;
      if (c != '\n') continue;
      {
        const std::lock_guard lock(mutex_);
        taken_ += line;
      }
      if (data) {
        if (line == ".\r\n") {
          data = false;
          Say(connection, verdict_);
        }
      } else if (line.rfind("DATA", 0) == 0) {
        data = true;
        Say(connection, "354 go on");
      } else if (line.rfind("QUIT", 0) == 0) {
        Say(connection, "221 bye");
        return;
      } else {
        Say(connection, "250 fine");
      }
      line.clear();
    }
  }

  const std::string verdict_;
  std::mutex mutex_;  ///< Guards `taken_`.
  std::string taken_;
  TcpServer server_;
};

Mail SomeMail(const MailServer& server) {
  Mail mail;
  mail.server = Secret(server.Url());
  mail.allow_plain = true;
  mail.from = "bot@example.org";
  mail.to = {"ann@example.org", "ops@example.org"};
  mail.text = "Subject: web failed\r\n\r\nline\r\n.\r\nend\r\n";
  return mail;
}

TEST_F(CurlClientTest, HandsMailToAServer) {
  MailServer server("250 taken");
  const Status sent = client_.Send(SomeMail(server), {});
  ASSERT_TRUE(sent) << sent.error().ToString();
  const std::string taken = server.Taken();
  EXPECT_THAT(taken, HasSubstr("MAIL FROM:<bot@example.org>"));
  EXPECT_THAT(taken, HasSubstr("RCPT TO:<ann@example.org>"));
  EXPECT_THAT(taken, HasSubstr("RCPT TO:<ops@example.org>"));
  // A line that is a dot does not end the mail.
  EXPECT_THAT(taken, HasSubstr("Subject: web failed\r\n\r\nline\r\n..\r\nend\r\n.\r\n"));
}

TEST_F(CurlClientTest, TellsRefusedMailFromMailForLater) {
  MailServer full("452 mailbox full");
  EXPECT_EQ(client_.Send(SomeMail(full), {}).error().kind, ErrorKind::kTransient);
  MailServer strict("554 no spam");
  const Status refused = client_.Send(SomeMail(strict), {});
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(refused.error().ToString(), HasSubstr("554"));
}

TEST_F(CurlClientTest, WithoutTlsNoMailIsSentUnlessItMay) {
  MailServer server("250 taken");
  Mail mail = SomeMail(server);
  mail.allow_plain = false;
  ASSERT_FALSE(client_.Send(mail, {}));
  EXPECT_THAT(server.Taken(), Not(HasSubstr("MAIL FROM")));
}

}  // namespace
}  // namespace gitops
