// What a reload cannot change is said; everything else is followed in silence.
#include "engine/reconcile/restart_needed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace gitops {
namespace {

using testing::HasSubstr;

TEST(RestartNeededTest, NothingWhenNothingChanged) {
  const Config config;
  EXPECT_TRUE(RestartNeeded(config, config).empty());
}

TEST(RestartNeededTest, NamesEachKeyThatIsOnlyReadAtTheStart) {
  struct Case {
    const char* key;
    std::function<void(Config&)> change;
  };
  const Case cases[] = {
      {"server.listen", [](Config& c) { c.server.listen = "0.0.0.0:1"; }},
      {"server.tls",
       [](Config& c) {
         c.server.tls = TlsFiles{"a", "b"};
       }},
      {"server.limits.connections", [](Config& c) { c.server.limits.connections = 99; }},
      {"server.limits.bodies", [](Config& c) { c.server.limits.bodies = 99; }},
      {"server.limits.bodyMemory", [](Config& c) { c.server.limits.body_memory_bytes = 99; }},
      {"server.limits.backlog", [](Config& c) { c.server.limits.backlog = 99; }},
      {"limits.parallelApps", [](Config& c) { c.limits.parallel_apps = 99; }},
      {"limits.parallelFetches", [](Config& c) { c.limits.parallel_fetches = 99; }},
      {"limits.repositorySize", [](Config& c) { c.limits.repository_bytes = 99; }},
  };
  for (const Case& one : cases) {
    Config fresh;
    one.change(fresh);
    const Diagnostics warnings = RestartNeeded(Config(), fresh);
    ASSERT_EQ(warnings.size(), 1U) << one.key;
    EXPECT_EQ(warnings[0].subject, one.key);
    EXPECT_EQ(warnings[0].severity, Severity::kWarning);
    EXPECT_THAT(warnings[0].detail, HasSubstr(one.key));
    EXPECT_THAT(warnings[0].hint, HasSubstr("restart"));
  }
}

TEST(RestartNeededTest, NamesAllOfThem) {
  Config fresh;
  fresh.server.listen = "0.0.0.0:1";
  fresh.limits.parallel_apps = 99;
  EXPECT_EQ(RestartNeeded(Config(), fresh).size(), 2U);
}

TEST(RestartNeededTest, SaysNothingOfWhatIsFollowed) {
  Config fresh;
  fresh.server.public_url = "https://example.org";
  fresh.server.trusted_proxies.push_back(*IpNetwork::Parse("10.0.0.0/8"));
  fresh.server.limits.head_timeout = std::chrono::seconds(9);
  fresh.server.limits.body_timeout = std::chrono::seconds(9);
  fresh.server.limits.idle_timeout = std::chrono::seconds(9);
  fresh.server.limits.bodies_per_client = 9;
  fresh.server.limits.head_bytes = 9;
  fresh.server.limits.head_fields = 9;
  fresh.limits.keep_snapshots = 9;
  fresh.log = {"json", "debug"};
  fresh.sources.emplace_back();
  EXPECT_TRUE(RestartNeeded(Config(), fresh).empty());
}

}  // namespace
}  // namespace gitops
