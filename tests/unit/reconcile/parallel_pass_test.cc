// A pass on several threads: the same outcome as on one, dependencies kept, failures apart. Under
// ThreadSanitizer this is where the engine, the store and the log meet.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <stop_token>

#include "tests/support/engine_world.h"

namespace gitops {
namespace {

constexpr int kApps = 12;
constexpr int kChains = 4;

std::string NameOf(int i) { return "app" + std::to_string(i); }

/// Twelve apps in two sources, four chains of three: app4 comes after app0, app8 after app4.
class ParallelPassTest : public testing::Test {
 protected:
  ParallelPassTest() {
    world_.config.limits.parallel_apps = 8;
    world_.config.limits.parallel_fetches = 4;
    world_.AddSource("more");
    world_.progress = [this](const Progress&) { ++told_; };
    world_.Restart();
    Push("");
  }

  void Push(const std::string& more) {
    MemoryTree even, odd;
    for (int i = 0; i < kApps; ++i) {
      const std::string after = i < kChains ? "" : "depends_on: [" + NameOf(i - kChains) + "]\n";
      MemoryTree& tree = i % 2 == 0 ? even : odd;
      tree = tree.WithTree(NameOf(i), EngineWorld::App(NameOf(i), after + more));
    }
    world_.Push(even);
    world_.Push(odd, "more");
  }

  /// When the first step of each app was applied, as its place among all calls.
  std::map<std::string, std::size_t> FirstCalls() {
    std::map<std::string, std::size_t> first;
    const auto calls = world_.machine.TakeCalls();
    for (std::size_t i = 0; i < calls.size(); ++i) first.emplace(calls[i].app, i);
    return first;
  }

  EngineWorld world_;
  std::atomic<int> told_{0};
};

TEST_F(ParallelPassTest, AppliesEveryAppOnceAndInOrder) {
  const ReconcileReport report = world_.Reconcile();
  EXPECT_FALSE(report.HasFailures());
  EXPECT_EQ(report.apps.size(), static_cast<std::size_t>(kApps));
  EXPECT_GT(told_, kApps);
  const auto first = FirstCalls();
  for (int i = 0; i < kApps; ++i) {
    EXPECT_EQ(world_.Record(NameOf(i)).health, Health::kHealthy) << i;
    if (i < kChains) continue;
    EXPECT_LT(first.at(NameOf(i - kChains)), first.at(NameOf(i))) << i;
  }
  const ReconcileReport second = world_.Reconcile();
  EXPECT_TRUE(world_.machine.TakeCalls().empty());
  for (const AppReport& app : second.apps) EXPECT_EQ(app.verdict, Verdict::kUnchanged);
}

TEST_F(ParallelPassTest, AFailureHoldsBackItsDependentsAlone) {
  world_.machine.Fail("app4", "app.setup", MakeError(ErrorKind::kInvalid, "setup failed"));
  const ReconcileReport report = world_.Reconcile();
  EXPECT_TRUE(EngineWorld::Find(report, "app4").failed);
  for (int i = 0; i < kApps; ++i) {
    if (i == 4) continue;
    EXPECT_EQ(world_.Record(NameOf(i)).health == Health::kHealthy, i != 8) << i;
  }
  for (const auto& call : world_.machine.TakeCalls()) EXPECT_NE(call.app, "app8");
  world_.machine.Heal();
  world_.ReconcileApp("app4");
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  for (int i = 0; i < kApps; ++i) EXPECT_EQ(world_.Record(NameOf(i)).health, Health::kHealthy);
}

TEST_F(ParallelPassTest, AStopInTheMiddleLosesNothing) {
  std::stop_source stop;
  world_.progress = [&](const Progress&) {
    if (++told_ == 20) stop.request_stop();
  };
  world_.Restart();
  const auto stopped = world_.engine().Reconcile({}, stop.get_token());
  if (!stopped) {
    EXPECT_EQ(stopped.error().kind, ErrorKind::kCancelled);
  }
  const auto calls = world_.machine.TakeCalls();
  EXPECT_LT(std::count_if(calls.begin(), calls.end(),
                          [](const auto& call) { return call.step == "app.healthcheck"; }),
            kApps)
      << "the stop came too late to see anything";
  world_.progress = nullptr;
  world_.Restart();
  EXPECT_FALSE(world_.Reconcile().HasFailures());
  for (int i = 0; i < kApps; ++i) EXPECT_EQ(world_.Record(NameOf(i)).health, Health::kHealthy);
}

}  // namespace
}  // namespace gitops
