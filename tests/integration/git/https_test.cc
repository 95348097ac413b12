// Sources on https: whom the engine trusts, and what it tells of its credentials.
#include <cstdlib>

#include "tests/integration/git/mirror_test_base.h"
#include "tests/support/git_http_server.h"
#include "tests/support/tcp_server.h"

namespace gitops {
namespace {

using Names = std::vector<std::string>;
using Scheme = GitHttpServer::Scheme;

class HttpsSource : public MirrorTest {
 protected:
  HttpsSource() : server_(fixture_, Scheme::kHttps) {
    fixture_.Commit(fixture_.Path("up.git"), {{"web/tfgrid-compose.yaml", "1"}});
  }
  SourceSpec Https() const {
    SourceSpec source = Source(server_.Url("up.git"));
    source.auth.ca_file = server_.CaFile();
    return source;
  }
  GitHttpServer server_;
};

TEST_F(HttpsSource, ACaFileIsTrustedForItsSource) {
  EXPECT_EQ(AppPaths(Https(), MustFetch(Https())), Names{"web"});
  SourceSpec without = Https();
  without.auth.ca_file.clear();
  ExpectError(Fetch(without), ErrorKind::kInvalid,
              {"server certificate was refused", "localhost", "auth.caFile"});
  SourceSpec other_name = Https();
  other_name.url = "https://127.0.0.1:" + std::to_string(server_.port()) + "/up.git";
  ExpectError(Fetch(other_name), ErrorKind::kInvalid, {"server certificate was refused"});
  SourceSpec no_file = Https();
  no_file.auth.ca_file = fixture_.Path("none.pem");
  ExpectError(Fetch(no_file), ErrorKind::kNotFound, {"auth.caFile", "none.pem"});
  fixture_.WriteFile(fixture_.Path("empty.pem"), "hello");
  no_file.auth.ca_file = fixture_.Path("empty.pem");
  ExpectError(Fetch(no_file), ErrorKind::kInvalid, {"CA file holds no certificate"});
}

TEST_F(HttpsSource, TheMachinesCertificatesAreReadWhereTheyAreNeeded) {
  SourceSpec source = Https();
  source.auth.ca_file.clear();
  ASSERT_EQ(setenv("SSL_CERT_FILE", server_.CaFile().c_str(), 1), 0);
  EXPECT_EQ(AppPaths(source, MustFetch(source)), Names{"web"});
  ASSERT_EQ(unsetenv("SSL_CERT_FILE"), 0);
}

TEST_F(HttpsSource, ATokenFromAFileOrAVariable) {
  const std::string token = "p^w/1 2%hunter2";
  server_.RequireBasicAuth("git", token);
  SourceSpec source = Https();
  ExpectError(Fetch(source), ErrorKind::kInvalid, {"credentials are needed", "auth.tokenFile"});
  fixture_.WriteFile(fixture_.Path("token"), token + "\n");
  source.auth.token = SecretRef{fixture_.Path("token"), ""};
  EXPECT_EQ(AppPaths(source, MustFetch(source)), Names{"web"});
  setenv("TEST_GIT_TOKEN", token.c_str(), 1);
  source.auth.token = SecretRef{"", "TEST_GIT_TOKEN"};
  source.name = "second";
  EXPECT_EQ(AppPaths(source, MustFetch(source)), Names{"web"});
  unsetenv("TEST_GIT_TOKEN");
  ExpectError(Fetch(source), ErrorKind::kInvalid, {"TEST_GIT_TOKEN"});
  source.auth.token = SecretRef{fixture_.Path("none"), ""};
  ExpectError(Fetch(source), ErrorKind::kNotFound, {"auth.tokenFile"});
}

TEST_F(HttpsSource, AWrongTokenIsTriedOnceAndNeverShown) {
  server_.RequireBasicAuth("git", "right");
  SourceSpec source = Https();
  fixture_.WriteFile(fixture_.Path("token"), "hunter2/wrong%20");
  source.auth.token = SecretRef{fixture_.Path("token"), ""};
  const auto result = Fetch(source);
  ExpectError(result, ErrorKind::kInvalid, {"credentials were refused", "localhost"});
  EXPECT_EQ(Explain(result).find("hunter2"), std::string::npos);
  EXPECT_LE(server_.requests(), 2);
  for (const std::string& line : server_.Log()) EXPECT_EQ(line.find("hunter2"), std::string::npos);
}

TEST_F(HttpsSource, ARedirectToHttpIsNamed) {
  TcpServer target([](int, int) {});
  server_.Intercept([&](const httplib::Request& request, httplib::Response& response) {
    response.set_redirect("http://127.0.0.1:" + std::to_string(target.port()) + request.target);
    return true;
  });
  const auto result = Fetch(Https());
  ExpectError(result, ErrorKind::kInvalid, {"redirects are not followed", "localhost"});
  EXPECT_EQ(target.accepted(), 0);
}

}  // namespace
}  // namespace gitops
