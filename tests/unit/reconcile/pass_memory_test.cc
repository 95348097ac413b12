// What a first look at one app more costs in memory while it is planned and told, counted by the
// allocation functions of this binary: no clock, no noise. A binary of its own, as these are
// replaced in all of it.
#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/support/engine_world.h"

namespace {

std::atomic<std::size_t> live{0};
std::atomic<std::size_t> peak{0};

void* Take(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  const std::size_t now = live += malloc_usable_size(memory);
  if (now > peak) peak = now;  // The passes below use one thread.
  return memory;
}

void Give(void* memory) {
  if (memory != nullptr) live -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return Take(size); }
void operator delete(void* memory) noexcept { Give(memory); }
void operator delete(void* memory, std::size_t) noexcept { Give(memory); }

namespace gitops {
namespace {

constexpr std::size_t kViewBytes = 600;

/// The most that a dry run over so many new apps has at a time, beyond what was there before.
std::size_t PeakOfDryRun(int apps) {
  EngineWorld world;
  MemoryTree tree;
  for (int i = 0; i < apps; ++i) {
    const std::string name = "app" + std::to_string(100'000 + i);
    tree = tree.WithTree("apps/" + name, EngineWorld::App(name));
  }
  world.Push(tree);
  ReconcileRequest request;
  request.dry_run = true;
  request.view = [](const AppReport&) { return std::string(kViewBytes, 'v'); };
  const std::size_t before = live;
  peak = before;
  const ReconcileReport report = world.Reconcile(request);
  EXPECT_EQ(report.apps.size(), static_cast<std::size_t>(apps));
  return peak - before;
}

TEST(PassMemoryTest, AnAppThatIsToldHoldsLittleMoreThanItsText) {
  constexpr int kApps = 300;
  const std::size_t more = PeakOfDryRun(2 * kApps) - PeakOfDryRun(kApps);
  // A candidate, its report and what is told of it. Who needs less lowers it.
  EXPECT_LE(more / kApps, kViewBytes + 1'950);
  EXPECT_GE(more / kApps, kViewBytes) << "is the memory of this binary counted at all?";
}

}  // namespace
}  // namespace gitops
