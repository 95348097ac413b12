// Seeds: random histories. A failing seed is printed with what happened last, and plays again alone
// with TFGRID_COMPOSE_SIM_SEED.
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/sim/random_history.h"
#include "tests/sim/suite.h"

namespace gitops::sim {
namespace {

void PlaySeed(long seed) {
  RandomHistory history(static_cast<std::uint64_t>(seed));
  const std::vector<std::string> violations = history.Play();
  TheSuite().table.Add("random history", "random", violations.empty() ? "held" : "broken",
                       violations.size());
  TheSuite().table.AddSeeds(1);
  if (TheSuite().only_seed != 0) {
    for (const std::string& line : history.Newest(1000)) std::printf("%s\n", line.c_str());
  }
  if (violations.empty()) return;
  std::string text;
  for (const std::string& sentence : violations) text += "\n  " + sentence;
  text += "\nwhat happened last:";
  for (const std::string& line : history.Newest(50)) text += "\n  " + line;
  ADD_FAILURE() << "seed " << seed << " (again: TFGRID_COMPOSE_SIM_SEED=" << seed << ")" << text;
}

TEST(Seeds, NoHistoryBreaksARule) {
  const Suite& suite = TheSuite();
  if (suite.only_seed != 0) return PlaySeed(suite.only_seed);
  for (long i = 0; i < suite.seeds; ++i) PlaySeed(suite.first_seed + i);
}

}  // namespace
}  // namespace gitops::sim
