// RandomHistory: a history of commits, commands, faults and restarts, drawn from one number: the
// same seed gives the same history. Apps depend only on apps later in the alphabet.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/sim_world.h"

namespace gitops::sim {

class RandomHistory {
 public:
  explicit RandomHistory(std::uint64_t seed);

  /// Plays the history to its end, at rest and mended; returns the rules that were broken.
  std::vector<std::string> Play();

  /// The newest events, for a person.
  std::vector<std::string> Newest(std::size_t count) const;

 private:
  std::uint64_t Below(std::uint64_t bound);
  bool OneIn(std::uint64_t odds) { return Below(odds) == 0; }
  std::string AnyName();

  void EditApp(AppSpec& app);
  void EditRepository();
  void DisturbGit();
  Command AnyCommand();
  Turn AnyTurn();
  void Reconfigure();
  void Step();
  /// Git answers, everything is pushed, no person holds anything back.
  void Mend();
  void CheckMended();

  std::uint64_t state_;
  SimWorld world_;
};

}  // namespace gitops::sim
