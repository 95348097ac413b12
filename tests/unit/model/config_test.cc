#include "engine/model/config.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

TEST(ConfigTest, GivesTheConfiguredEnvironment) {
  Config config;
  EnvironmentSpec production;
  production.name = "production";
  production.provider = "grid";
  config.environments["production"] = production;
  EXPECT_EQ(config.Environment("production"), production);
}

TEST(ConfigTest, AnEnvironmentThatIsNotConfiguredHasSafeDefaults) {
  const EnvironmentSpec spec = Config().Environment("staging");
  EXPECT_EQ(spec.name, "staging");
  EXPECT_EQ(spec.provider, "local");
  EXPECT_FALSE(spec.prune);
  EXPECT_EQ(spec.max_prune_percent, 20);
  EXPECT_EQ(spec.on_failure, OnFailure::kRollback);
}

}  // namespace
}  // namespace gitops
