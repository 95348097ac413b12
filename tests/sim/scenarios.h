// Scenario: one thing that happens to apps in the simulator: how the world is before, and what is
// asked of the engine. What comes out without a fault is what must come out with one.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/sim/sim_world.h"

namespace gitops::sim {

struct Scenario {
  std::string name;
  /// Runs without faults; ends at rest.
  std::function<void(SimWorld&)> before;
  /// Changes the world (a push, a broken machine) and needs no engine.
  std::function<void(SimWorld&)> happens;
  /// Asked in this order; each is asked again when it was cut off.
  std::vector<Command> commands;
  /// Not one of these may be touched.
  std::vector<std::string> bystanders;
  /// What a person does when the app was held or taken back after a fault that is over.
  std::vector<Command> repair;
  /// Something is pushed while the commands are carried out.
  bool pushes_meanwhile = false;
};

/// All of them.
std::vector<Scenario> Scenarios();

}  // namespace gitops::sim
