// Many clients that only hold on, drip or flood: the others are served, and memory stays bounded.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/os/open_files.h"
#include "tests/support/raw_client.h"

namespace gitops {
namespace {

/// The front in a child, and what it costs.
class CrowdTest : public ::testing::Test {
 protected:
  void SetUp() override {
    int in[2];
    int out[2];
    ASSERT_EQ(pipe2(in, O_CLOEXEC), 0);
    ASSERT_EQ(pipe2(out, O_CLOEXEC), 0);
    child_ = fork();
    ASSERT_GE(child_, 0);
    if (child_ == 0) {
      dup2(in[0], STDIN_FILENO);
      dup2(out[1], STDOUT_FILENO);
      execl(FRONT_CHILD, FRONT_CHILD, static_cast<char*>(nullptr));
      _exit(99);
    }
    close(in[0]);
    close(out[1]);
    input_ = UniqueFd(in[1]);
    FILE* lines = fdopen(out[0], "r");
    int port = 0;
    ASSERT_EQ(std::fscanf(lines, "%d", &port), 1);
    std::fclose(lines);
    port_ = static_cast<std::uint16_t>(port);
  }

  void TearDown() override {
    input_.Reset();
    int status = 0;
    waitpid(child_, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }

  /// A line of /proc/PID/status, in KiB.
  long Memory(const std::string& name) const {
    std::ifstream file("/proc/" + std::to_string(child_) + "/status");
    std::string line;
    while (std::getline(file, line)) {
      if (line.rfind(name + ":", 0) == 0) return std::atol(line.c_str() + name.size() + 1);
    }
    return -1;
  }

  /// Sanitizers keep what was freed.
  static constexpr bool kMemoryCounts =
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
      false;
#else
      true;
#endif

  void ExpectServed(const std::string& what) const {
    RawClient client(port_);
    client.Send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.ReadAnswer().status, 200) << what;
    client.Send("POST /test HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    EXPECT_EQ(client.ReadAnswer().body, "5") << what;
  }

  pid_t child_ = -1;
  std::uint16_t port_ = 0;
  UniqueFd input_;
};

TEST_F(CrowdTest, IdleAndDrippingClientsCostTheOthersNothing) {
  constexpr std::size_t kIdle = 10'000;
  constexpr std::size_t kDripping = 1'000;
  ASSERT_GT(RaiseOpenFilesLimit(), kIdle + kDripping + 200)
      << "this test needs more open files: ulimit -Hn";
  std::vector<std::unique_ptr<RawClient>> idle;
  for (std::size_t i = 0; i < kIdle; ++i) {
    idle.push_back(std::make_unique<RawClient>(port_));
    ASSERT_TRUE(idle.back()->connected()) << i;
  }
  ExpectServed("beside idle ones");
  std::vector<std::unique_ptr<RawClient>> dripping;
  for (std::size_t i = 0; i < kDripping; ++i) {
    dripping.push_back(std::make_unique<RawClient>(port_));
    ASSERT_TRUE(dripping.back()->Send(i % 2 == 0
                                          ? "GET /test HTTP/1.1\r\nX: "
                                          : "POST /test HTTP/1.1\r\nHost: a\r\nContent-Length: "
                                            "100000\r\n\r\n"));
  }
  for (int round = 0; round < 20; ++round) {
    for (const auto& client : dripping) client->Send("x");  // Some have been refused by now.
    ExpectServed("beside dripping ones");
  }
  const long memory = Memory("RssAnon");
  std::printf("anonymous memory with %zu clients: %ld KiB\n", kIdle + kDripping, memory);
  if (kMemoryCounts) {
    EXPECT_LT(memory, 150 * 1024);
  }
}

TEST_F(CrowdTest, HundredGiantBodiesStayWithinBounds) {
  constexpr std::size_t kClients = 100;
  constexpr std::size_t kGigabyte = 1'000'000'000;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kClients; ++i) {
    threads.emplace_back([this, i] {
      RawClient client(port_);
      const std::string start = "POST /test HTTP/1.1\r\nHost: a\r\n";
      const bool chunked = i % 3 != 0;
      if (i % 3 == 0) client.Send(start + "Content-Length: 1000000000\r\n\r\n");
      if (i % 3 == 1) client.Send(start + "Transfer-Encoding: chunked\r\n\r\n");
      if (i % 3 == 2) {
        client.Send(start + "Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n");
      }
      const std::string bytes(64 * 1024, 'x');
      const std::string piece = chunked ? "10000\r\n" + bytes + "\r\n" : bytes;
      std::size_t sent = 0;
      while (sent < kGigabyte && client.Send(piece)) sent += piece.size();
      EXPECT_LT(sent, 100'000'000U) << "it was read on and on";
    });
  }
  for (int i = 0; i < 20; ++i) ExpectServed("beside giant bodies");
  for (std::thread& thread : threads) thread.join();
  ExpectServed("after giant bodies");
  const long peak = Memory("VmHWM");
  std::printf("peak memory under %zu giant bodies: %ld KiB\n", kClients, peak);
  if (kMemoryCounts) {
    EXPECT_LT(peak, 300 * 1024);
  }
}

}  // namespace
}  // namespace gitops
