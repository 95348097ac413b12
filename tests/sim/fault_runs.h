// FaultRuns: plays one scenario again and again, each time with other faults, and judges what came
// out: the same as without faults, or an app that was taken back or held and says why.
#pragma once

#include <string>
#include <vector>

#include "tests/sim/scenarios.h"

namespace gitops::sim {

struct FaultRun {
  std::string outcome;  ///< "finished", "resumed", "redone", "rolled back", "stalled".
  std::vector<std::string> violations;
  std::vector<std::string> history;  ///< The newest events, for a person.
  std::vector<PortCalls::Call> calls;
  int struck = 0;  ///< How many of the faults came to pass.
};

class FaultRuns {
 public:
  /// Plays the scenario once without faults. What is wrong then is in `reference`.
  explicit FaultRuns(const Scenario& scenario);

  /// `may_give_up`: the engine is right to hold the app or to take it back after these faults.
  FaultRun Play(const std::vector<Fault>& faults, bool may_give_up = false) const;
  /// Another process takes the state over right before this call.
  FaultRun PlayTakeOver(int call) const;

  const Scenario& scenario() const { return scenario_; }
  const FaultRun& reference() const { return reference_; }

 private:
  void Ask(SimWorld& world, const std::vector<Fault>& faults) const;
  FaultRun PlayIn(SimWorld& world, const std::vector<Fault>& faults, bool may_give_up) const;
  FaultRun Judge(SimWorld& world, bool must_converge) const;

  const Scenario& scenario_;
  SimWorld start_;  ///< As it is before anything happens.
  FaultRun reference_;
  std::string expected_;
};

/// "crash after at call 17, store.BeginRun".
std::string Describe(const Fault& fault, const std::vector<PortCalls::Call>& calls);

}  // namespace gitops::sim
