#include "engine/drivers/files_driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/unit/drivers/local_world.h"

namespace gitops {
namespace {

using testing::HasSubstr;

MemoryFile Executable(const std::string& bytes) { return {bytes, EntryKind::kExecutable}; }

unsigned int ModeOf(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
}

MemoryTree SomeApp() {
  return MemoryTree{{"tfgrid-compose.yaml", "name: web"},
                    {"deployment/setup.sh", "#!/bin/sh\n"},
                    {"src/index.html", "one"},
                    {"bin/tool", Executable("#!/bin/sh\n")},
                    {"link", {"src/index.html", EntryKind::kSymlink}}};
}

TEST(FilesDriverTest, PlacesFilesWithTheirModes) {
  LocalWorld world;
  world.tree = SomeApp();
  EXPECT_EQ(world.Seen(LocalWorld::FilesStep()), Observation::kAbsent);
  const mode_t before = umask(0077);
  ASSERT_TRUE(world.Place());
  umask(before);
  EXPECT_EQ(world.Read("source/index.html"), "one");
  EXPECT_EQ(world.Read("source/src/index.html"), "one");
  EXPECT_EQ(world.Read("source/link"), "one");
  EXPECT_EQ(world.Read("source/tfgrid-compose.yaml"), "");
  EXPECT_EQ(world.Read("deployment/setup.sh"), "#!/bin/sh\n");
  EXPECT_EQ(ModeOf(world.root() + "/source/bin/tool"), 0755U);
  EXPECT_EQ(ModeOf(world.root() + "/source/index.html"), 0644U);
  EXPECT_EQ(ModeOf(world.root() + "/source/bin"), 0755U);
  EXPECT_EQ(world.Seen(LocalWorld::FilesStep()), Observation::kPresent);
}

TEST(FilesDriverTest, AnUpdateRemovesWhatIsGoneAndKeepsTheData) {
  LocalWorld world;
  world.tree = SomeApp();
  ASSERT_TRUE(world.Place());
  world.dir.Write("apps/test/web/data/precious", "kept");
  world.dir.Write("apps/test/web/source/made-by-hook", "x");
  world.tree = world.tree.Without("bin/tool").With("src/index.html", "two");
  EXPECT_EQ(world.Seen(LocalWorld::FilesStep()), Observation::kDiffers);
  ASSERT_TRUE(world.Place());
  EXPECT_EQ(world.Read("source/index.html"), "two");
  EXPECT_FALSE(std::filesystem::exists(world.root() + "/source/bin"));
  EXPECT_FALSE(std::filesystem::exists(world.root() + "/source/made-by-hook"));
  EXPECT_EQ(world.Read("data/precious"), "kept");
  EXPECT_EQ(world.Seen(LocalWorld::FilesStep()), Observation::kPresent);
}

TEST(FilesDriverTest, AReaderNeverSeesHalfOfIt) {
  // The old directory stays whole while the new one is built: what was opened before the update
  // still has its files.
  LocalWorld world;
  world.tree = SomeApp();
  ASSERT_TRUE(world.Place());
  struct stat before {};
  ASSERT_EQ(stat((world.root() + "/source").c_str(), &before), 0);
  world.tree = world.tree.With("src/index.html", "two");
  ASSERT_TRUE(world.Place());
  struct stat after {};
  ASSERT_EQ(stat((world.root() + "/source").c_str(), &after), 0);
  EXPECT_NE(before.st_ino, after.st_ino);
  int entries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(world.root())) {
    EXPECT_THAT(entry.path().filename().string(), testing::Not(testing::StartsWith(".")));
    ++entries;
  }
  EXPECT_EQ(entries, 7);
}

TEST(FilesDriverTest, AFailedUpdateLeavesTheOldFiles) {
  LocalWorld world;
  world.tree = SomeApp();
  ASSERT_TRUE(world.Place());
  world.tree = world.tree.With("leak", {"/etc/passwd", EntryKind::kSymlink});
  EXPECT_FALSE(world.Apply(LocalWorld::FilesStep()));
  std::stop_source stop;
  stop.request_stop();
  world.tree = SomeApp().With("src/index.html", "two");
  EXPECT_EQ(world.Apply(LocalWorld::FilesStep(), stop.get_token()).error().kind,
            ErrorKind::kCancelled);
  EXPECT_EQ(world.Read("source/index.html"), "one");
}

TEST(FilesDriverTest, LeftoversOfACrashAreTakenAway) {
  LocalWorld world;
  world.tree = SomeApp();
  ASSERT_TRUE(world.Place());
  // Killed while it built, and killed between the two renames of a file system without exchange.
  world.dir.Write("apps/test/web/.deployment.new/half", "x");
  std::filesystem::rename(world.root() + "/source", world.root() + "/.source.old");
  ASSERT_TRUE(world.Place());
  EXPECT_EQ(world.Read("source/index.html"), "one");
  EXPECT_FALSE(std::filesystem::exists(world.root() + "/.source.old"));
  EXPECT_FALSE(std::filesystem::exists(world.root() + "/.deployment.new"));
}

TEST(FilesDriverTest, DriftIsSeenButNotInHooksOrExtraFiles) {
  LocalWorld world;
  world.tree = SomeApp();
  ASSERT_TRUE(world.Place());
  const Step step = LocalWorld::FilesStep({{"hooks", "deployment/setup.sh\ndeployment/x.sh"}});
  world.dir.Write("apps/test/web/source/made-by-hook", "x");
  world.dir.Write("apps/test/web/deployment/setup.sh", "other");
  EXPECT_EQ(world.Seen(step), Observation::kPresent);
  EXPECT_EQ(world.Seen(LocalWorld::FilesStep()), Observation::kDiffers);
  std::filesystem::permissions(world.root() + "/source/bin/tool",
                               static_cast<std::filesystem::perms>(0644));
  const auto observed = world.Observe(step);
  ASSERT_TRUE(observed);
  EXPECT_EQ(observed->observation, Observation::kDiffers);
  EXPECT_THAT(observed->detail, HasSubstr("bin/tool"));
}

TEST(FilesDriverTest, SeesEveryWayInWhichAFileCanDiffer) {
  LocalWorld world;
  world.tree = SomeApp().With("conf/deep/a.conf", "a");
  const Step step = LocalWorld::FilesStep();
  const auto detail_after = [&](const std::function<void(const std::string&)>& change) {
    EXPECT_TRUE(world.Place());
    EXPECT_EQ(world.Seen(step), Observation::kPresent);
    change(world.root() + "/source/");
    const auto seen = world.Observe(step);
    EXPECT_TRUE(seen) << seen.error().ToString();
    EXPECT_EQ(seen->observation, Observation::kDiffers);
    return seen->detail;
  };
  namespace fs = std::filesystem;
  EXPECT_EQ(detail_after([](const std::string& at) { fs::remove(at + "index.html"); }),
            "the file index.html is missing");
  EXPECT_EQ(detail_after([](const std::string& at) { fs::remove_all(at + "conf"); }),
            "the file conf/deep/a.conf is missing");
  EXPECT_EQ(detail_after([](const std::string& at) {
              fs::remove(at + "link");
              fs::create_symlink("src/index.html/", at + "link");
            }),
            "the file link was changed");
  EXPECT_EQ(detail_after([](const std::string& at) {
              fs::remove(at + "index.html");
              fs::create_directory(at + "index.html");
            }),
            "the file index.html was changed");
  EXPECT_EQ(detail_after([](const std::string& at) {
              fs::remove(at + "index.html");
              ASSERT_EQ(mkfifo((at + "index.html").c_str(), 0600), 0);  // Nobody waits on it.
            }),
            "the file index.html was changed");
  EXPECT_EQ(detail_after([](const std::string& at) {
              fs::rename(at + "conf/deep", at + "conf/other");
              fs::create_symlink("other", at + "conf/deep");  // The same bytes, by another way.
            }),
            "the file conf/deep/a.conf was changed");
  EXPECT_EQ(detail_after([](const std::string& at) {
              fs::remove(at + "index.html");
              fs::create_symlink("src/index.html", at + "index.html");
            }),
            "the file index.html was changed");
}

TEST(FilesDriverTest, WhatHooksAddIsNotRead) {
  LocalWorld world;
  world.options.limits.file_bytes = 100;
  world.tree = SomeApp();
  FilesDriver driver(world.options);
  const Step step = LocalWorld::FilesStep();
  ASSERT_TRUE(world.Apply(LocalWorld::HostStep()));
  ASSERT_TRUE(driver.Apply(world.Context(step), {}));
  world.dir.Write("apps/test/web/source/node_modules/big", std::string(1000, 'x'));
  EXPECT_EQ(driver.Observe(world.Context(step), {})->observation, Observation::kPresent);
  world.dir.Write("apps/test/web/source/index.html", std::string(1000, 'x'));
  EXPECT_EQ(driver.Observe(world.Context(step), {})->observation, Observation::kDiffers);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(driver.Observe(world.Context(step), stop.get_token()).error().kind,
            ErrorKind::kCancelled);
}

TEST(FilesDriverTest, DestroyTakesTheFilesAndKeepsTheData) {
  LocalWorld world;
  world.tree = SomeApp();
  ASSERT_TRUE(world.Place());
  world.dir.Write("apps/test/web/data/precious", "kept");
  world.tree_gone = true;
  ASSERT_TRUE(world.Destroy(LocalWorld::FilesStep()));
  EXPECT_FALSE(std::filesystem::exists(world.root() + "/source"));
  EXPECT_FALSE(std::filesystem::exists(world.root() + "/deployment"));
  EXPECT_EQ(world.Read("data/precious"), "kept");
  EXPECT_TRUE(world.Destroy(LocalWorld::FilesStep())) << "a second time is fine";
  EXPECT_EQ(world.Seen(LocalWorld::FilesStep()), Observation::kUnknown);
}

}  // namespace
}  // namespace gitops
