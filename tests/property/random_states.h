// Random app states for the planner's laws: whole apps and what becomes of them. The same seed
// always gives the same states, on every machine.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "engine/model/desired_state.h"
#include "engine/model/recorded_state.h"

namespace gitops::testing {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  /// A number in [0, bound). std distributions differ between libraries, so none is used.
  std::size_t Below(std::size_t bound) { return static_cast<std::size_t>(engine_() % bound); }
  bool Once(std::size_t in) { return Below(in) == 0; }

  template <typename T>
  void Shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[Below(i)]);
  }

 private:
  std::mt19937_64 engine_;
};

/// An app with up to a dozen steps in all phases, on up to two hosts, with edges of both kinds.
DesiredState RandomApp(Dice& dice);

/// The same app some commits later: inputs, drivers, edges and steps come, change and go.
DesiredState Evolve(const DesiredState& app, Dice& dice);

/// The same state with everything that has no order in another order.
DesiredState Shuffled(DesiredState app, Dice& dice);
RecordedState Shuffled(RecordedState recorded, Dice& dice);

/// Calls `law` with a hundred seeds, or only with $TFGRID_COMPOSE_SEED, and names the seed at which
/// it first fails. True when all seeds were used, so that counts over them mean something.
bool ForEachSeed(const std::function<void(Dice&)>& law);

}  // namespace gitops::testing
