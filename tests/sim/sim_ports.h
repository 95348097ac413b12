// SimPorts: the decorators of the simulator's seams. All of them number their calls on one
// PortCalls and let it decide what goes wrong. A crash is a SimulatedCrash, which only tests know.
#pragma once

#include <functional>
#include <string>

#include "tests/sim/faults.h"
#include "tests/sim/sim_cloud.h"
#include "tests/support/fake_clock.h"
#include "tests/support/faulty_git_mirror.h"
#include "tests/support/faulty_store.h"

namespace gitops::sim {

/// The fault function of the store's and the mirror's decorators.
class SeamFaults {
 public:
  SeamFaults(PortCalls& calls, FakeClock& clock) : calls_(calls), clock_(clock) {}

  Status OfStore(const std::string& call, FaultyStore::Moment moment);
  Status OfMirror(std::string_view call, FaultyGitMirror::Moment moment);

 private:
  Status Before(Port port, std::string name);
  Status After(const std::string& name);

  PortCalls& calls_;
  FakeClock& clock_;
  FaultKind kind_ = FaultKind::kNone;  ///< Of the call that is under way.
};

/// One driver name of the cloud.
class SimDriver : public Driver {
 public:
  /// Is asked before anything is done; sees the context of the effect.
  using Witness = std::function<void(const std::string& verb, const std::string& driver,
                                     const StepContext& context)>;

  SimDriver(std::string name, SimCloud& cloud, PortCalls& calls, FakeClock& clock, Witness witness)
      : name_(std::move(name)),
        cloud_(cloud),
        calls_(calls),
        clock_(clock),
        witness_(std::move(witness)) {}

  Result<ObservedStep> Observe(const StepContext& context, std::stop_token stop) override;
  Result<Outputs> Apply(const StepContext& context, std::stop_token stop) override;
  Status Destroy(const StepContext& context, std::stop_token stop) override;

 private:
  template <typename Do>
  auto Effect(const std::string& verb, const StepContext& context, Do effect)
      -> decltype(effect(false));

  const std::string name_;
  SimCloud& cloud_;
  PortCalls& calls_;
  FakeClock& clock_;
  Witness witness_;
};

}  // namespace gitops::sim
