// What scenarios are made of: commands of persons, worlds to begin with.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/sim/scenarios.h"

namespace gitops::sim {

Command Resume(const std::string& app);
Command Suspend(const std::string& app);
Command RollBack(const std::string& app, int to, bool revert = false);
/// Asked again after it was done, it finds nothing, which is fine.
Command Down(const std::string& app);
/// A pass that is stopped on request during its first effect.
Command StoppedReconcile();
/// What a person does about an app that is held.
std::vector<Command> TryAgain(const std::string& app);

/// Pushes, and comes to rest.
void Start(SimWorld& world);
/// An app that nothing is to happen to, and the one of the scenario.
void TwoApps(SimWorld& world);
void PushPage2(SimWorld& world);

Scenario Make(std::string name, std::function<void(SimWorld&)> before,
              std::function<void(SimWorld&)> happens,
              std::vector<Command> commands = {SimWorld::Reconcile()},
              std::vector<Command> repair = TryAgain("web"));

/// Those in which a daemon serves.
std::vector<Scenario> ServedScenarios();

}  // namespace gitops::sim
