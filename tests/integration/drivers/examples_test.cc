// The apps in examples/ on the drivers of `local`: brought up, changed, taken down, for real.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "engine/os/directory_tree.h"
#include "engine/os/sleeper.h"
#include "tests/unit/drivers/local_world.h"

namespace gitops {
namespace {

using testing::HasSubstr;
using testing::Not;

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  CHECK(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  CHECK(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(fd);
  return ntohs(address.sin_port);
}

/// One example with its own clock that really waits, since its processes do.
class Example {
 public:
  Example(const std::string& name, std::map<std::string, std::string> settings)
      : real_{world_.dir.path(), world_.runner, world_.system_clock,
              sleeper_,          world_.random, std::chrono::milliseconds(5000)} {
    AddLocalDrivers(world_.registry, real_);
    world_.app = {"test", name};
    const std::string directory = std::string(TFGRID_COMPOSE_SOURCE_DIR) + "/examples/" + name;
    tree_ = *MemoryTree::From(**DirectoryTree::Open(directory));
    Configure(std::move(settings));
  }
  ~Example() { (void)Down(); }

  void Configure(std::map<std::string, std::string> settings) {
    world_.variables.values.clear();
    for (const auto& [name, value] : settings) world_.Set(name, value, name == "API_TOKEN");
  }

  Status Up() {
    world_.tree = tree_;
    RETURN_IF_ERROR(world_.Place());
    for (const char* hook : {"setup", "configure", "healthcheck"}) RETURN_IF_ERROR(Run(hook));
    return {};
  }
  Status Run(const std::string& hook) {
    RETURN_IF_ERROR(world_.Apply(LocalWorld::HookStep(hook)));
    return {};
  }
  Status Down() {
    RETURN_IF_ERROR(Run("teardown"));
    RETURN_IF_ERROR(world_.Destroy(LocalWorld::FilesStep()));
    left_after_teardown_ = CountAppProcesses(world_.root());
    return world_.Destroy(LocalWorld::HostStep());
  }

  LocalWorld world_;
  MemoryTree tree_;
  int left_after_teardown_ = -1;

 private:
  SystemSleeper sleeper_;
  LocalOptions real_;
};

std::string Get(int port, const std::string& path) {
  const auto answer = httplib::Client("127.0.0.1", port).Get(path);
  return answer ? answer->body : "";
}

TEST(ExamplesTest, StaticSite) {
  const int port = FreePort();
  Example site("static-site", {{"PORT", std::to_string(port)}, {"SITE_TITLE", "A & <B>"}});
  const Status up = site.Up();
  ASSERT_TRUE(up) << up.error().ToString() << site.world_.log.output;
  EXPECT_THAT(Get(port, "/"), HasSubstr("<h1>A &amp; &lt;B&gt;</h1>"));
  EXPECT_THAT(Get(port, "/site.css"), HasSubstr("font-family"));
  ASSERT_TRUE(site.Up()) << "a second time is fine";
  site.Configure({{"PORT", std::to_string(port)}, {"SITE_TITLE", "Another"}});
  ASSERT_TRUE(site.Run("configure"));
  ASSERT_TRUE(site.Run("healthcheck"));
  EXPECT_THAT(Get(port, "/"), HasSubstr("<h1>Another</h1>"));
  ASSERT_TRUE(site.Down());
  EXPECT_EQ(site.left_after_teardown_, 0);
  EXPECT_EQ(Get(port, "/"), "");
  EXPECT_FALSE(std::filesystem::exists(site.world_.root()));
}

TEST(ExamplesTest, ApiAndWorker) {
  const int port = FreePort();
  const std::string token = "c4n4ry-\"token\"-0123";
  Example api("api", {{"PORT", std::to_string(port)}, {"GREETING", "Hello"}, {"API_TOKEN", token}});
  const Status up = api.Up();
  ASSERT_TRUE(up) << up.error().ToString() << api.world_.log.output;
  EXPECT_THAT(Get(port, "/"), HasSubstr("\"greeting\": \"Hello\""));
  EXPECT_THAT(Get(port, "/"), HasSubstr("\"token_set\": true"));
  EXPECT_THAT(Get(port, "/private"), HasSubstr("false"));
  EXPECT_THAT(api.world_.log.output + api.world_.log.notes + Get(port, "/"),
              Not(HasSubstr("c4n4ry")));

  Example worker("worker", {{"API_URL", "http://127.0.0.1:" + std::to_string(port) + "/"}});
  const Status worker_up = worker.Up();
  ASSERT_TRUE(worker_up) << worker_up.error().ToString() << worker.world_.log.output;
  EXPECT_THAT(worker.world_.log.output, HasSubstr("the API says: Hello"));

  api.Configure({{"PORT", std::to_string(port)}, {"GREETING", "Salut"}, {"API_TOKEN", token}});
  ASSERT_TRUE(api.Run("configure"));
  ASSERT_TRUE(api.Run("healthcheck"));
  EXPECT_THAT(Get(port, "/"), HasSubstr("Salut"));
  ASSERT_TRUE(worker.Run("configure"));
  ASSERT_TRUE(worker.Run("healthcheck"));
  EXPECT_THAT(worker.world_.Read("data/greetings.log"), HasSubstr("Hello"));

  ASSERT_TRUE(worker.Down());
  ASSERT_TRUE(api.Down());
  EXPECT_EQ(api.left_after_teardown_, 0);
  EXPECT_EQ(worker.left_after_teardown_, 0);
  EXPECT_EQ(Get(port, "/"), "");
}

TEST(ExamplesTest, ABrokenVersionIsUnhealthyAndTheOldOneComesBack) {
  const int port = FreePort();
  Example api("api",
              {{"PORT", std::to_string(port)}, {"GREETING", "Hello"}, {"API_TOKEN", "0123456789"}});
  ASSERT_TRUE(api.Up());
  const MemoryTree good = api.tree_;
  api.tree_ = good.With("src/api.py", "raise SystemExit('broken')\n");
  api.world_.tree = api.tree_;
  ASSERT_TRUE(api.world_.Place());
  ASSERT_TRUE(api.Run("configure"));
  Step check = LocalWorld::HookStep("healthcheck");
  check.parameters["attempts"] = "2";
  EXPECT_FALSE(api.world_.Apply(check));
  api.tree_ = good;
  ASSERT_TRUE(api.Up());
  EXPECT_THAT(Get(port, "/"), HasSubstr("Hello"));
}

}  // namespace
}  // namespace gitops
