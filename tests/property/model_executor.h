// ModelExecutor: applies a plan to a record as the engine does, without an engine: guards, records,
// taints. What steps give is a pure function of what they are given, so states that were reached on
// different ways can be compared.
#pragma once

#include <cstddef>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "engine/model/plan.h"
#include "engine/model/recorded_state.h"

namespace gitops::testing {

/// How the outputs of a step follow from its inputs.
enum class World {
  kStable,    ///< Few different outputs: many steps give again what they gave before.
  kVolatile,  ///< Every run gives outputs that were never seen before.
};

inline constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

struct ExecuteOptions {
  World world = World::kStable;
  std::size_t fail_at = kNever;  ///< This action fails and the run ends.
  std::size_t stop_at = kNever;  ///< The run ends before this action, as in a crash.
  std::size_t drop = kNever;     ///< This action is left out.
};

struct Execution {
  RecordedState recorded;
  std::vector<bool> ran;  ///< For each action: it was carried out.
};

Execution Execute(const Plan& plan, const RecordedState& recorded,
                  const ExecuteOptions& options = {});

/// What counts of a record: for each step its driver, its inputs with consumed outputs, and what it
/// gave. Runs, serials and parameters are left out.
std::map<std::string, std::vector<std::string>> Essence(const RecordedState& recorded);

}  // namespace gitops::testing
