#include "engine/drivers/local_driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "engine/drivers/host_record.h"
#include "tests/unit/drivers/local_world.h"

namespace gitops {
namespace {

using testing::HasSubstr;

TEST(LocalDriverTest, MakesPrivateDirectoriesAndSaysWhere) {
  LocalWorld world;
  EXPECT_EQ(world.Seen(LocalWorld::HostStep()), Observation::kAbsent);
  const auto outputs = world.Apply(LocalWorld::HostStep());
  ASSERT_TRUE(outputs) << outputs.error().ToString();
  EXPECT_EQ(outputs->at("primary_ip"), "127.0.0.1");
  EXPECT_EQ(outputs->at("primary_ip_type"), "local");
  EXPECT_EQ(outputs->at("identity").size(), 36U);
  for (const char* name : {"root", "source_dir", "deployment_dir", "data_dir"}) {
    struct stat status {};
    ASSERT_EQ(stat(outputs->at(name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777U, 0700U) << name;
  }
  EXPECT_EQ(world.Seen(LocalWorld::HostStep()), Observation::kPresent);
}

TEST(LocalDriverTest, AnotherSizeKeepsTheIdentity) {
  LocalWorld world;
  const Outputs first = *world.Apply(LocalWorld::HostStep("1"));
  EXPECT_EQ(world.Seen(LocalWorld::HostStep("2")), Observation::kDiffers);
  const Outputs second = *world.Apply(LocalWorld::HostStep("2"));
  EXPECT_EQ(first, second);
  EXPECT_EQ(world.Seen(LocalWorld::HostStep("2")), Observation::kPresent);
}

TEST(LocalDriverTest, ALostDataDirectoryMakesItANewHost) {
  LocalWorld world;
  const Outputs first = *world.Apply(LocalWorld::HostStep());
  std::filesystem::remove_all(first.at("data_dir"));
  EXPECT_EQ(world.Seen(LocalWorld::HostStep()), Observation::kDiffers);
  const Outputs second = *world.Apply(LocalWorld::HostStep());
  EXPECT_NE(first.at("identity"), second.at("identity"));
  world.previous = first;
  EXPECT_EQ(world.Seen(LocalWorld::HostStep()), Observation::kDiffers);
}

TEST(LocalDriverTest, AShortfallIsANoteAndNoFailure) {
  LocalWorld world;
  ASSERT_TRUE(world.Apply(LocalWorld::HostStep("100000")));
  EXPECT_THAT(world.log.notes, HasSubstr("the app asks for 100000"));
}

TEST(LocalDriverTest, ADamagedRecordIsNotOverwritten) {
  LocalWorld world;
  ASSERT_TRUE(world.Apply(LocalWorld::HostStep()));
  for (const char* text :
       {"", "[]", "{\"identity\": 5}", "{\"identity\":\"x\",\"size\":{\"a\":1}}"}) {
    world.dir.Write("apps/test/web/host.json", text);
    const auto outputs = world.Apply(LocalWorld::HostStep());
    ASSERT_FALSE(outputs) << text;
    EXPECT_EQ(outputs.error().kind, ErrorKind::kCorruption);
  }
}

TEST(LocalDriverTest, DestroyLeavesNoFileAndNoProcess) {
  LocalWorld world;
  ASSERT_TRUE(world.Apply(LocalWorld::HostStep()));
  // One that asks politely to be left alone, and one that left its session.
  world.tree = MemoryTree{{"deployment/setup.sh",
                           "#!/bin/sh\n"
                           "(trap '' TERM; while :; do sleep 1000; done) >/dev/null 2>&1 &\n"
                           "setsid sh -c 'echo up > $TFGRID_DATA_DIR/up; exec sleep 1000' "
                           ">/dev/null 2>&1 &\n"
                           "while [ ! -s $TFGRID_DATA_DIR/up ]; do :; done\n"}};
  ASSERT_TRUE(world.Apply(LocalWorld::HookStep("setup")));
  EXPECT_GE(CountAppProcesses(world.root()), 2);
  ASSERT_TRUE(world.Destroy(LocalWorld::HostStep()));
  EXPECT_EQ(CountAppProcesses(world.root()), 0);
  EXPECT_FALSE(std::filesystem::exists(world.dir / "apps/test"));
  EXPECT_EQ(world.Seen(LocalWorld::HostStep()), Observation::kAbsent);
  EXPECT_TRUE(world.Destroy(LocalWorld::HostStep())) << "a second time is fine";
}

TEST(LocalDriverTest, DestroyDoesNotTouchOtherApps) {
  LocalWorld world;
  ASSERT_TRUE(world.Apply(LocalWorld::HostStep()));
  const AppId web = world.app;
  // A name that begins like the other's, and a process of it.
  world.app = {"test", "web2"};
  ASSERT_TRUE(world.Apply(LocalWorld::HostStep()));
  world.tree = MemoryTree{{"deployment/setup.sh", "#!/bin/sh\nsleep 1000 >/dev/null 2>&1 &\n"}};
  ASSERT_TRUE(world.Apply(LocalWorld::HookStep("setup")));
  world.app = web;
  ASSERT_TRUE(world.Destroy(LocalWorld::HostStep()));
  world.app = {"test", "web2"};
  EXPECT_EQ(CountAppProcesses(world.root()), 1);
  EXPECT_EQ(world.Seen(LocalWorld::HostStep()), Observation::kPresent);
}

}  // namespace
}  // namespace gitops
