#include "engine/os/key_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "tests/support/temp_dir.h"

namespace gitops {
namespace {

TEST(KeyFileTest, IsMadeOnceAndPrivate) {
  const TempDir dir;
  const auto first = ReadOrCreateKeyFile(dir / "key");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->Reveal().size(), kKeySize);
  struct stat status {};
  ASSERT_EQ(stat((dir / "key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(ReadOrCreateKeyFile(dir / "key")->Reveal(), first->Reveal());
}

TEST(KeyFileTest, OneOfAnotherUserIsRefusedAndItsUserNamed) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  const TempDir dir;
  ASSERT_TRUE(ReadOrCreateKeyFile(dir / "key"));
  ASSERT_EQ(chown((dir / "key").c_str(), 65534, 65534), 0);
  const auto key = ReadOrCreateKeyFile(dir / "key");
  ASSERT_FALSE(key);
  EXPECT_THAT(key.error().primary().detail, testing::HasSubstr("belongs to user nobody"));
  EXPECT_EQ(key.error().primary().hint, "run as that user: sudo -u nobody tfgrid-compose COMMAND");
}

TEST(KeyFileTest, AllWhoMakeItAtOnceGetTheSame) {
  const TempDir dir;
  std::vector<std::string> keys(8);
  {
    std::vector<std::jthread> threads;
    for (std::string& key : keys) {
      threads.emplace_back([&] { key = std::string(ReadOrCreateKeyFile(dir / "key")->Reveal()); });
    }
  }
  for (const std::string& key : keys) EXPECT_EQ(key, keys[0]);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir.path())) {
    (void)entry;
    ++files;
  }
  EXPECT_EQ(files, 1);
}

TEST(KeyFileTest, WrongModeSizeOrKindIsRefused) {
  const TempDir dir;
  dir.Write("open", std::string(32, 'k'), 0640);
  EXPECT_EQ(ReadOrCreateKeyFile(dir / "open").error().kind, ErrorKind::kInvalid);
  dir.Write("short", std::string(31, 'k'), 0600);
  EXPECT_EQ(ReadOrCreateKeyFile(dir / "short").error().kind, ErrorKind::kInvalid);
  dir.Write("good", std::string(32, 'k'), 0600);
  ASSERT_EQ(symlink((dir / "good").c_str(), (dir / "link").c_str()), 0);
  EXPECT_EQ(ReadOrCreateKeyFile(dir / "link").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(ReadOrCreateKeyFile(dir / "none/key").error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace gitops
