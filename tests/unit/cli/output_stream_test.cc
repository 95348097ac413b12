#include "engine/cli/output_stream.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "engine/os/unique_fd.h"

namespace gitops {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe(ends.data()), 0);
    read_end = UniqueFd(ends[0]);
    write_end = UniqueFd(ends[1]);
  }
  UniqueFd read_end;
  UniqueFd write_end;
};

TEST(FileStream, WritesEverythingAlsoWhatNoPipeHoldsAtOnce) {
  Pipe pipe;
  std::string received;
  std::thread reader([&] {
    std::array<char, 4096> buffer{};
    ssize_t count = 0;
    while ((count = read(pipe.read_end.get(), buffer.data(), buffer.size())) > 0) {
      received.append(buffer.data(), static_cast<std::size_t>(count));
    }
  });
  FileStream stream(pipe.write_end.get(), "pipe");
  std::string sent;
  for (int i = 0; i < 100'000; ++i) {
    const std::string line = std::to_string(i) + "\n";
    stream.Write(line);
    sent += line;
  }
  EXPECT_TRUE(stream.Flush());
  pipe.write_end.Reset();
  reader.join();
  EXPECT_EQ(received, sent);
}

TEST(FileStream, AFullDiskIsAnError) {
  const UniqueFd full(open("/dev/full", O_WRONLY));
  ASSERT_TRUE(full);
  FileStream stream(full.get(), "standard output");
  stream.Write("text");
  const Status status = stream.Flush();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().primary().summary, "write error");
  EXPECT_THAT(status.error().ToString(), ::testing::HasSubstr("standard output: No space left"));
}

TEST(FileStream, AReaderThatLeftIsNone) {
  struct sigaction ignore {};
  struct sigaction before {};
  ignore.sa_handler = SIG_IGN;
  ASSERT_EQ(sigaction(SIGPIPE, &ignore, &before), 0);
  Pipe pipe;
  pipe.read_end.Reset();
  FileStream stream(pipe.write_end.get(), "pipe");
  stream.Write("text");
  EXPECT_TRUE(stream.Flush());
  stream.Write("more");
  EXPECT_TRUE(stream.Flush());
  ASSERT_EQ(sigaction(SIGPIPE, &before, nullptr), 0);
}

}  // namespace
}  // namespace gitops
