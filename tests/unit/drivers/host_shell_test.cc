#include "engine/drivers/host_shell.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_process_runner.h"
#include "tests/unit/drivers/local_world.h"

namespace gitops {
namespace {

TEST(HostShellTest, RunsInTheAppsPlaceWithItsEnvironment) {
  LocalWorld world;
  ASSERT_TRUE(world.Place());
  world.Set("GREETING", "hello");
  FakeProcessRunner runner([](const ProcessSpec&) {
    ProcessResult result;
    result.signal = 9;
    return result;
  });
  LocalHostShell shell(
      LocalOptions{world.dir.path(), runner, world.clock, world.clock, world.random});
  const auto code =
      shell.Run({world.app, world.revision, "1.0", world.variables, {"ls", "-l"}}, {});
  ASSERT_TRUE(code);
  EXPECT_EQ(*code, 137);
  ASSERT_EQ(runner.Specs().size(), 1U);
  const ProcessSpec spec = runner.Specs()[0];
  EXPECT_TRUE(spec.interactive);
  EXPECT_EQ(spec.working_directory, world.root() + "/deployment");
  EXPECT_EQ(spec.environment.at("GREETING"), "hello");
  EXPECT_EQ(spec.environment.at("TFGRID_APP_ROOT"), world.root());
  EXPECT_FALSE(spec.environment.contains("TFGRID_HOOK"));
  EXPECT_THAT(spec.argv, testing::ElementsAre("ls", "-l"));
}

TEST(HostShellTest, ReallyRuns) {
  LocalWorld world;
  ASSERT_TRUE(world.Place());
  LocalHostShell shell(world.options);
  EXPECT_EQ(*shell.Run({world.app,
                        world.revision,
                        "",
                        world.variables,
                        {"sh", "-c", "[ \"$PWD\" = \"$TFGRID_DEPLOYMENT_DIR\" ] && exit 5"}},
                       {}),
            5);
  EXPECT_EQ(shell.Run({world.app, world.revision, "", world.variables, {"no-such-program"}}, {})
                .error()
                .kind,
            ErrorKind::kNotFound);
}

TEST(HostShellTest, AnAppWithoutAHost) {
  LocalWorld world;
  LocalHostShell shell(world.options);
  EXPECT_EQ(shell.Run({world.app, world.revision, "", world.variables, {"ls"}}, {}).error().kind,
            ErrorKind::kNotFound);
}

}  // namespace
}  // namespace gitops
