#include "engine/drivers/healthcheck_driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "engine/drivers/http_probe.h"
#include "engine/drivers/tcp_probe.h"
#include "engine/os/unique_fd.h"
#include "tests/unit/drivers/local_world.h"

namespace gitops {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

/// A small web server on a free port.
class WebServer {
 public:
  explicit WebServer(const std::function<void(httplib::Server&)>& routes) {
    routes(server_);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~WebServer() {
    server_.stop();
    thread_.join();
  }
  std::string Url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  int port() const { return port_; }

 private:
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

/// Listens and accepts nothing: connections stand, answers never come.
class MuteServer {
 public:
  MuteServer() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    CHECK(bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    CHECK(listen(fd_.get(), 4) == 0);
    CHECK(getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  int fd() const { return fd_.get(); }
  std::string Address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  UniqueFd fd_;
  int port_ = 0;
};

Step ProbeStep(HealthProbe probe) {
  Step step = LocalWorld::HookStep("healthcheck");
  step.parameters.erase("script");
  step.probes = {std::move(probe)};
  return step;
}

TEST(HealthcheckDriverTest, ALookAsksProbesOnceAndRunsNoScript) {
  std::atomic<int> asked = 0;
  std::atomic<int> status = 200;
  const WebServer server([&](httplib::Server& web) {
    web.Get("/", [&](const httplib::Request&, httplib::Response& response) {
      ++asked;
      response.status = status;
    });
  });
  LocalWorld world;
  world.tree = MemoryTree{
      {"deployment/healthcheck.sh", "#!/bin/sh\necho x >> $TFGRID_DATA_DIR/tries\nexit 1\n"}};
  Step step = LocalWorld::HookStep("healthcheck");
  EXPECT_EQ(world.Seen(step), Observation::kUnknown);
  HealthProbe command;
  command.kind = ProbeKind::kCommand;
  command.target = "deployment/healthcheck.sh";
  HealthProbe http;
  http.target = server.Url("/");
  step.probes = {command, http};
  const auto healthy = world.Observe(step);
  ASSERT_TRUE(healthy);
  EXPECT_EQ(healthy->observation, Observation::kPresent);
  EXPECT_THAT(healthy->detail, HasSubstr("http " + http.target));
  EXPECT_EQ(asked, 1);
  status = 503;
  const auto sick = world.Observe(step);
  ASSERT_TRUE(sick);
  EXPECT_EQ(sick->observation, Observation::kDiffers);
  EXPECT_THAT(sick->detail, HasSubstr("the answer was 503"));
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(world.Read("data/tries"), "");
  EXPECT_TRUE(world.clock.Sleeps().empty());
}

TEST(HealthcheckDriverTest, AScriptIsTriedUntilItSucceeds) {
  LocalWorld world;
  world.tree = MemoryTree{{"deployment/healthcheck.sh",
                           "#!/bin/sh\necho x >> $TFGRID_DATA_DIR/tries\n"
                           "[ $(wc -l < $TFGRID_DATA_DIR/tries) -ge 4 ]\n"}};
  const auto result = world.Apply(LocalWorld::HookStep("healthcheck"));
  ASSERT_TRUE(result) << result.error().ToString();
  EXPECT_EQ(world.Read("data/tries"), "x\nx\nx\nx\n");
  EXPECT_THAT(world.clock.Sleeps(), testing::Each(milliseconds(1000)));
  EXPECT_EQ(world.clock.Sleeps().size(), 3U);
}

TEST(HealthcheckDriverTest, AScriptThatNeverSucceedsIsUnhealthy) {
  LocalWorld world;
  world.tree = MemoryTree{{"deployment/healthcheck.sh", "#!/bin/sh\necho not yet >&2; exit 2\n"}};
  Step step = LocalWorld::HookStep("healthcheck");
  step.parameters["attempts"] = "5";
  step.parameters["interval_ms"] = "250";
  const auto result = world.Apply(step);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(result.error().primary().summary, "the app is not healthy");
  EXPECT_THAT(result.error().primary().detail, HasSubstr("exit code 2"));
  EXPECT_THAT(result.error().primary().detail, HasSubstr("not yet"));
  EXPECT_EQ(world.clock.Sleeps(), std::vector<milliseconds>(4, milliseconds(250)));
}

TEST(HealthcheckDriverTest, AScriptThatHangsIsUnhealthyAndNotUnknown) {
  LocalWorld world;
  world.timeout = milliseconds(300);
  world.tree = MemoryTree{{"deployment/healthcheck.sh", "#!/bin/sh\nsleep 1000\n"}};
  const auto result = world.Apply(LocalWorld::HookStep("healthcheck"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(world.clock.Sleeps().empty());
}

TEST(HealthcheckDriverTest, TheWholeCheckEndsWithItsTimeout) {
  LocalWorld world;
  world.timeout = milliseconds(3500);
  world.tree = MemoryTree{{"deployment/healthcheck.sh", "#!/bin/sh\nexit 1\n"}};
  ASSERT_FALSE(world.Apply(LocalWorld::HookStep("healthcheck")));
  EXPECT_EQ(world.clock.Sleeps().size(), 4U);
}

TEST(HealthcheckDriverTest, HttpProbesLookAtTheStatus) {
  const WebServer server([](httplib::Server& routes) {
    routes.Get("/ok", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("fine", "text/plain");
    });
    routes.Get("/moved", [](const httplib::Request&, httplib::Response& response) {
      response.set_redirect("/ok");
    });
    routes.Get("/large", [](const httplib::Request&, httplib::Response& response) {
      response.set_content(std::string(1'000'000, 'x'), "text/plain");
    });
  });
  LocalWorld world;
  const auto check = [&](const std::string& path, int status) {
    HealthProbe probe;
    probe.target = server.Url(path);
    probe.expected_status = status;
    probe.retries = 1;
    return world.Apply(ProbeStep(probe));
  };
  EXPECT_TRUE(check("/ok", 200));
  EXPECT_TRUE(check("/moved", 302));
  EXPECT_TRUE(check("/moved", 0));
  EXPECT_TRUE(check("/large", 200));
  EXPECT_TRUE(check("/none", 404));
  const auto wrong = check("/none", 200);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(wrong.error().primary().detail, HasSubstr("404 instead of 200"));
  EXPECT_FALSE(check("/moved", 200)) << "a redirect is not followed";
}

TEST(HealthcheckDriverTest, ConsecutiveSuccessesAreCounted) {
  std::atomic<int> asked = 0;
  const WebServer server([&](httplib::Server& routes) {
    routes.Get("/", [&](const httplib::Request&, httplib::Response& response) {
      // Good, bad, good, good, good.
      response.status = ++asked == 2 ? 503 : 200;
    });
  });
  LocalWorld world;
  HealthProbe probe;
  probe.target = server.Url("/");
  probe.successes = 3;
  probe.interval = milliseconds(700);
  ASSERT_TRUE(world.Apply(ProbeStep(probe)));
  EXPECT_EQ(asked, 5);
  EXPECT_EQ(world.clock.Sleeps(), std::vector<milliseconds>(4, milliseconds(700)));
}

TEST(HealthcheckDriverTest, TcpProbes) {
  const MuteServer server;
  LocalWorld world;
  HealthProbe probe;
  probe.kind = ProbeKind::kTcp;
  probe.target = server.Address();
  EXPECT_TRUE(world.Apply(ProbeStep(probe)));
  probe.target = "127.0.0.1:1";
  probe.retries = 3;
  const auto refused = world.Apply(ProbeStep(probe));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().primary().detail, HasSubstr("after 4 failed attempts"));
  EXPECT_EQ(TryTcpConnect("nowhere", milliseconds(100), {}).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(TryTcpConnect("[::1]:x", milliseconds(100), {}).error().kind, ErrorKind::kInvalid);
}

TEST(HealthcheckDriverTest, CommandProbesRunLikeHooks) {
  LocalWorld world;
  world.tree = MemoryTree{{"deployment/check.sh", "#!/bin/sh\necho $TFGRID_HOOK $#: $1 $2; pwd\n"}};
  HealthProbe probe;
  probe.kind = ProbeKind::kCommand;
  probe.target = "deployment/check.sh  one two";
  ASSERT_TRUE(world.Apply(ProbeStep(probe)));
  EXPECT_EQ(world.log.output, "healthcheck 2: one two\n" + world.root() + "/deployment\n");
  probe.target = "/bin/true";
  EXPECT_TRUE(world.Apply(ProbeStep(probe)));
  probe.target = "/bin/false";
  probe.retries = 2;
  EXPECT_FALSE(world.Apply(ProbeStep(probe)));
  probe.target = "deployment/none.sh";
  EXPECT_FALSE(world.Apply(ProbeStep(probe)));
}

TEST(HealthcheckDriverTest, AStopEndsTheWait) {
  LocalWorld world;
  HealthProbe probe;
  probe.kind = ProbeKind::kTcp;
  probe.target = "127.0.0.1:1";
  std::stop_source stop;
  stop.request_stop();
  const auto result = world.Apply(ProbeStep(probe), stop.get_token());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kCancelled);
}

TEST(HttpProbeTest, TargetsAreReadStrictly) {
  const auto good = ParseHttpTarget("http://[::1]:8080/a/b?c=d#e");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->host, "::1");
  EXPECT_EQ(good->port, 8080);
  EXPECT_EQ(good->path, "/a/b?c=d");
  EXPECT_EQ(ParseHttpTarget("https://example.org")->port, 443);
  EXPECT_EQ(ParseHttpTarget("http://h?x")->path, "/?x");
  for (const char* bad : {"ftp://x/", "http://", "http://user:pass@host/", "http://h:0/",
                          "http://h:99999/", "http://h:8x/", "http://h/a b", "http://h/\r\nX: y",
                          "http://[::1/", "http://[::1]x/", "h:80", ""}) {
    EXPECT_FALSE(ParseHttpTarget(bad)) << bad;
  }
}

TEST(HttpProbeTest, AllInterfacesAreThisMachine) {
  const WebServer server([](httplib::Server& routes) {
    routes.Get("/ok",
               [](const httplib::Request&, httplib::Response& response) { response.status = 204; });
  });
  const std::string port = std::to_string(server.port());
  const auto status =
      HttpGetStatus(*ParseHttpTarget("http://0.0.0.0:" + port + "/ok"), milliseconds(5000), {});
  ASSERT_TRUE(status) << status.error().ToString();
  EXPECT_EQ(*status, 204);
}

TEST(HttpProbeTest, NoCloudsMetadataIsAsked) {
  const auto status =
      HttpGetStatus(*ParseHttpTarget("http://169.254.169.254/latest"), milliseconds(5000), {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().primary().summary, "address is refused");
}

TEST(HttpProbeTest, AMuteServerEndsWithTheTimeout) {
  const MuteServer server;
  const auto status =
      HttpGetStatus(*ParseHttpTarget("http://" + server.Address()), milliseconds(200), {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kTransient);
}

TEST(HttpProbeTest, ADrippingServerEndsWithTheTimeout) {
  const MuteServer server;
  std::jthread dripper([&](const std::stop_token& stop) {
    const UniqueFd connection(accept4(server.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    const std::string line = "HTTP/1.1 200 OK\r\n";
    (void)send(connection.get(), line.data(), line.size(), MSG_NOSIGNAL);
    // A header that never ends, a byte at a time: no single read is slow.
    while (!stop.stop_requested() && send(connection.get(), "x", 1, MSG_NOSIGNAL) == 1) {
      std::this_thread::sleep_for(milliseconds(5));
    }
  });
  const auto status =
      HttpGetStatus(*ParseHttpTarget("http://" + server.Address()), milliseconds(300), {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().primary().summary, "no answer in time");
}

TEST(HttpProbeTest, AStopRequestCutsARequestOff) {
  const MuteServer server;
  std::stop_source stop;
  std::jthread stopper([&] {
    const UniqueFd connection(accept4(server.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    stop.request_stop();
    char byte = 0;
    (void)recv(connection.get(), &byte, 1, MSG_PEEK);
  });
  const auto status = HttpGetStatus(*ParseHttpTarget("http://" + server.Address()),
                                    std::chrono::hours(1), stop.get_token());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kCancelled);
}

}  // namespace
}  // namespace gitops
