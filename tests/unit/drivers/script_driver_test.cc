#include "engine/drivers/script_driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/unit/drivers/local_world.h"

namespace gitops {
namespace {

using testing::HasSubstr;
using testing::Not;

Step PlatformStep() {
  return LocalWorld::MakeStep(Phase::kPlatform, "prepare", "script",
                              {{"script", "platform/prepare.sh"},
                               {"destroy", "platform/undo.sh"},
                               {"variables.disk-type", "ssd"}});
}

TEST(ScriptDriverTest, RunsWithThePatternsVariablesOnly) {
  LocalWorld world;
  world.Set("API_TOKEN", "s3cret-token", true);
  world.pattern = MemoryTree{{"platform/prepare.sh", "#!/bin/sh\n. platform/lib.sh\nenv\n"},
                             {"platform/lib.sh", "echo from lib\n"},
                             {"platform/undo.sh", "#!/bin/sh\necho undone\n"}};
  const auto result = world.Apply(PlatformStep());
  ASSERT_TRUE(result) << result.error().ToString();
  EXPECT_THAT(world.log.output, HasSubstr("from lib\n"));
  EXPECT_THAT(world.log.output, HasSubstr("TFGRID_VAR_DISK_TYPE=ssd\n"));
  EXPECT_THAT(world.log.output, HasSubstr("TFGRID_APP_NAME=web\n"));
  EXPECT_THAT(world.log.output, Not(HasSubstr("s3cret-token")));
  EXPECT_FALSE(std::filesystem::exists(world.root() + "/run/pattern"));
  ASSERT_TRUE(world.Destroy(PlatformStep()));
  EXPECT_THAT(world.log.output, HasSubstr("undone\n"));
  EXPECT_EQ(world.Seen(PlatformStep()), Observation::kUnknown);
}

TEST(ScriptDriverTest, MissingScriptsAndFailures) {
  LocalWorld world;
  EXPECT_EQ(world.Apply(PlatformStep()).error().kind, ErrorKind::kInvalid);
  world.pattern = MemoryTree{{"platform/prepare.sh", "#!/bin/sh\nexit 4\n"}};
  const auto failed = world.Apply(PlatformStep());
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().primary().detail, HasSubstr("exit code 4"));
}

}  // namespace
}  // namespace gitops
