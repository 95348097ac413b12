// Git servers that fail, lie and stall, against the real binary: the last good state stays, the
// other source goes on in the same pass, the error names the host and what helps, nothing stays
// behind on disk, time and memory are bounded, and the next pass after the fault recovers.
#include "tests/integration/lying_git/lying_world.h"
#include "tests/support/pack_builder.h"

namespace gitops {
namespace {

using Scheme = GitHttpServer::Scheme;
using Certificate = GitHttpServer::Certificate;
using httplib::Request;
using httplib::Response;

bool IsFetch(const Request& request) { return request.method == "POST"; }

/// Every request is answered with this status.
GitHttpServer::Interceptor Status(int status) {
  return [status](const Request&, Response& response) {
    response.status = status;
    if (status == 401) response.set_header("WWW-Authenticate", "Basic realm=\"git\"");
    if (status == 429) response.set_header("Retry-After", "3600");
    return true;
  };
}

/// Refs are told as they are; a fetch gets this answer.
GitHttpServer::Interceptor Pack(const std::string& answer) {
  return [answer](const Request& request, Response& response) {
    if (!IsFetch(request)) return false;
    response.set_content(answer, "application/x-git-upload-pack-result");
    return true;
  };
}

class LyingGitServers : public ::testing::Test {
 protected:
  void Run(const std::vector<Fault>& faults, const std::string& host,
           const std::function<void()>& heal) {
    world_.ExpectAllIsWell("at first");
    for (const Fault& fault : faults) world_.Run(fault, host, heal);
    world_.WriteRows();
  }
  std::string Git(const std::vector<std::string>& words) {
    return world_.fixture().Git(world_.Repository("lying"), words);
  }

  LyingWorld world_;
};

TEST_F(LyingGitServers, OverHttp) {
  GitHttpServer server(world_.fixture(), Scheme::kHttp);
  TcpRelay relay(server.port());
  TcpServer elsewhere([](int, int) {});
  const std::string host = "localhost:" + std::to_string(relay.port());
  world_.Configure("http://" + host + "/lying.git");
  const auto lie = [&](GitHttpServer::Interceptor how) {
    return [&server, how = std::move(how)] { server.Intercept(how); };
  };
  const auto behave = [&](TcpServer::Serve how) {
    return [&relay, how = std::move(how)] { relay.Behave(how); };
  };
  const auto altered = [&](const std::function<void(std::string&)>& alter) {
    return lie([&server, alter](const Request& request, Response& response) {
      if (!IsFetch(request)) return false;
      server.Forward(request, response);
      alter(response.body);
      return true;
    });
  };

  PackBuilder bomb;
  const std::string base(65'536, 'a');
  bomb.Add(PackBuilder::kBlob, base);
  bomb.AddGrowingDelta(base, 65'536);  // 4 GiB
  PackBuilder small_claim;
  small_claim.Add(PackBuilder::kBlob, std::string(1'000'000, 'x'), 10);
  PackBuilder large_claim;
  large_claim.Add(PackBuilder::kBlob, "x", std::uint64_t{1} << 40U);

  Run({{"HTTP 500 for everything", lie(Status(500)), {"status 500", "server failed"}},
       {"HTTP 503 after the refs",
        lie([](const Request& request, Response& response) {
          if (!IsFetch(request)) return false;
          response.status = 503;
          return true;
        }),
        {"503"}},
       {"HTTP 401 from now on", lie(Status(401)), {"credentials are needed", "auth.tokenFile"}},
       {"HTTP 403", lie(Status(403)), {"403", "access was refused"}},
       {"HTTP 404", lie(Status(404)), {"404", "repository not found", "check the url"}},
       {"HTTP 429 with Retry-After", lie(Status(429)), {"429", "longer interval"}},
       {"a login page with status 200",
        lie([](const Request&, Response& response) {
          response.set_content("<html>Please log in</html>", "text/html");
          return true;
        }),
        {"does not answer as Git does", "git ls-remote"}},
       {"an empty answer with status 200",
        lie([](const Request&, Response& response) {
          response.set_content("", "application/x-git-upload-pack-advertisement");
          return true;
        }),
        {"hint"}},
       {"a redirect to another host",
        lie([&](const Request& request, Response& response) {
          response.set_redirect("http://" + elsewhere.Address() + request.target);
          return true;
        }),
        {"redirects are not followed", elsewhere.Address(), "put the new address"}},
       {"a redirect to itself",
        lie([&](const Request& request, Response& response) {
          response.set_redirect("http://" + host + request.target);
          return true;
        }),
        {"redirects are not followed"}},
       {"a mute server", behave(TcpRelay::BeMute), {"no answer in time", "within 2"}},
       {"a byte now and then", behave(TcpRelay::Drip), {"no answer in time", "within 2"}},
       {"connections are reset", behave(TcpRelay::Reset), {"hint"}},
       {"connections are closed at once", behave([](int, int) {}), {"hint"}},
       {"a truncated pack",
        altered([](std::string& body) { body.resize(body.size() - 200); }),
        {"transfer broke off"}},
       {"a corrupt pack",
        altered([](std::string& body) {
          const std::size_t at = body.find("PACK") + 30;
          for (std::size_t i = at; i < at + 8; ++i) body[i] = static_cast<char>(body[i] ^ 0x55);
        }),
        {"transfer broke off"}},
       {"an endless pack",
        lie([](const Request& request, Response& response) {
          if (!IsFetch(request)) return false;
          const auto first = std::make_shared<bool>(true);
          response.set_chunked_content_provider(
              "application/x-git-upload-pack-result",
              [first](std::size_t, httplib::DataSink& sink) {
                if (*first) {
                  *first = false;
                  // One blob of 1 TiB, and blocks of zeros for ever.
                  PackBuilder pack;
                  pack.Add(PackBuilder::kBlob, "", std::uint64_t{1} << 40U);
                  std::string head = pack.Finish();
                  head.resize(head.find("\x78\x01") + 2);
                  head = PackBuilder::Answer(head);
                  head.resize(head.size() - 4);
                  sink.write(head.data(), head.size());
                }
                const std::string block =
                    std::string("\0\x00\xf0\xff\x0f", 5) + std::string(0xf000, '\0');
                std::string part = PackBuilder::Answer(block);
                part = part.substr(8, part.size() - 12);
                return sink.write(part.data(), part.size());
              });
          return true;
        }),
        {}},
       {"a delta that grows to 4 GiB", lie(Pack(PackBuilder::Answer(bomb.Finish()))), {"hint"}},
       {"an object larger than it says",
        lie(Pack(PackBuilder::Answer(small_claim.Finish()))),
        {"hint"}},
       {"an object of 1 TiB that has one byte",
        lie(Pack(PackBuilder::Answer(large_claim.Finish()))),
        {"hint"}},
       {"a pack with nothing in it",
        lie(Pack(PackBuilder::Answer(PackBuilder().Finish()))),
        {"hint"}},
       {"no pack at all", lie(Pack("0008NAK\n0000")), {"hint"}},
       {"an error in the middle of a fetch",
        lie(Pack("0008NAK\n002f\x03"
                 "upload-pack: not our ref \x1b[31m deadbeef\n0000")),
        {"hint"}}},
      host, [&] {
        server.Intercept(nullptr);
        relay.Behave(nullptr);
      });
  EXPECT_EQ(elsewhere.accepted(), 0) << "another host was contacted";
}

TEST_F(LyingGitServers, OverHttps) {
  GitHttpServer good(world_.fixture(), Scheme::kHttps);
  GitHttpServer other_name(world_.fixture(), Scheme::kHttps, Certificate::kOtherName);
  GitHttpServer expired(world_.fixture(), Scheme::kHttps, Certificate::kExpired);
  GitHttpServer self_signed(world_.fixture(), Scheme::kHttps, Certificate::kSelfSigned);
  GitHttpServer plain(world_.fixture(), Scheme::kHttp);
  TcpRelay relay(good.port());
  const std::string host = "localhost:" + std::to_string(relay.port());
  world_.program().directory.Write("token", "t0ken-that-is-revoked", 0600);
  good.RequireBasicAuth("git", "t0ken-that-is-revoked");
  world_.Configure("https://" + host + "/lying.git",
                   ", auth: {tokenFile: token, caFile: " + good.CaFile() + "}");
  const auto turn = [&](const GitHttpServer& server) {
    return [&relay, port = server.port()] { relay.PointTo(port); };
  };
  Run({{"TLS: a certificate of another name",
        turn(other_name),
        {"server certificate was refused", "auth.caFile"}},
       {"TLS: an expired certificate", turn(expired), {"server certificate was refused"}},
       {"TLS: a self-signed certificate",
        turn(self_signed),
        {"server certificate was refused", "openssl s_client"}},
       {"TLS: no TLS behind https", turn(plain), {"hint"}},
       {"the token is revoked",
        [&] { good.RequireBasicAuth("git", "another"); },
        {"credentials were refused", "renew the token"}},
       {"a redirect from https to http",
        [&] {
          good.Intercept([&](const Request& request, Response& response) {
            response.set_redirect("http://localhost:" + std::to_string(plain.port()) +
                                  request.target);
            return true;
          });
        },
        {"redirects are not followed", "another address", "put the new address"}}},
      host, [&] {
        good.RequireBasicAuth("git", "t0ken-that-is-revoked");
        relay.PointTo(good.port());
      });
  EXPECT_EQ(plain.requests(), 0) << "a token could have been read there";
}

TEST_F(LyingGitServers, WithRepositoriesThatChangeTheirMind) {
  GitHttpServer server(world_.fixture(), Scheme::kHttp);
  const std::string host = "localhost:" + std::to_string(server.port());
  world_.Configure("http://" + host + "/lying.git", "", "50s");
  std::string tip;
  const auto remember = [&] { tip = Git({"rev-parse", "main"}); };
  const auto restore = [&] { Git({"update-ref", "refs/heads/main", tip}); };
  Run({{"the branch is deleted",
        [&] {
          remember();
          Git({"update-ref", "refs/heads/keep", "main"});
          Git({"update-ref", "-d", "refs/heads/main"});
        },
        {"branch not found", "keep"},
        restore},
       {"the repository is emptied",
        [&] {
          remember();
          Git({"update-ref", "-d", "refs/heads/keep"});
          Git({"update-ref", "-d", "refs/heads/main"});
        },
        {"repository is empty", "git push"},
        restore},
       {"the repository is gone",
        [&] { std::filesystem::rename(world_.Repository("lying"), world_.Repository("aside")); },
        {"repository not found"},
        [&] { std::filesystem::rename(world_.Repository("aside"), world_.Repository("lying")); }},
       {"the branch points to a blob",
        [&] {
          remember();
          const std::string blob = Git({"rev-parse", "main:lying/tfgrid-compose.yaml"});
          world_.fixture().WriteFile(world_.Repository("lying") + "/refs/heads/main", blob + "\n");
        },
        {"hint"},
        [&] {
          world_.fixture().WriteFile(world_.Repository("lying") + "/refs/heads/main", tip + "\n");
        }},
       {"a force-push to another history",
        [&] {
          world_.Commit("lying", 7, false);
          world_.Publish(false);
        },
        {},
        {},
        true},
       {"100,000 refs",
        [&] {
          const std::string commit = Git({"rev-parse", "main"});
          std::string packed = "# pack-refs with: peeled fully-peeled sorted\n";
          for (int i = 100'000; i < 200'000; ++i) {
            packed += commit + " refs/heads/b" + std::to_string(i) + "\n";
          }
          world_.fixture().WriteFile(world_.Repository("lying") + "/packed-refs", packed);
        },
        {},
        [&] { std::filesystem::remove(world_.Repository("lying") + "/packed-refs"); },
        true}},
      "", [] {});
}

}  // namespace
}  // namespace gitops
