// Step: one unit of work of an app, its address and the inputs that make it run. Pure values.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/health_probe.h"
#include "engine/model/phase.h"

namespace gitops {

/// "phase.step[host]"; the host is empty for steps that concern all hosts.
struct StepAddress {
  Phase phase = Phase::kApp;
  std::string step;
  std::string host;

  auto operator<=>(const StepAddress&) const = default;

  std::string ToString() const;
};

/// Reads what StepAddress::ToString writes.
std::optional<StepAddress> ParseStepAddress(std::string_view text);

/// One named, digested thing that a step consumes. The name is a path that a person understands:
/// "files.src", "hooks.setup.script", "environment.TZ", "variables.memory", "pattern.platform".
struct Input {
  std::string name;
  std::string digest;  ///< Equal digests mean equal content. Keyed when the value is secret.
  std::string shown;   ///< What a view prints: the value, a short id, or "(secret)".
  bool secret = false;

  bool operator==(const Input&) const = default;
};

/// The outputs of a step: strings by name. May hold sensitive text: stored sealed, never in a plan.
using Outputs = std::map<std::string, std::string>;

/// An input edge: "when this output of that step changes, I run again". An empty output name means
/// all outputs.
struct OutputRef {
  StepAddress step;
  std::string output;

  auto operator<=>(const OutputRef&) const = default;

  /// The name of the Input that stands for it: "infrastructure.host.outputs.identity".
  std::string InputName() const;
};

/// The digest of the outputs that `ref` points at, among those of its step.
std::string DigestOutputs(const OutputRef& ref, const Outputs& outputs);

/// How a step shows in a plan when it has to do something.
enum class StepNature {
  kResource,  ///< Made, changed and deleted: create, update, replace, delete.
  kHook,      ///< Executed: run.
};

struct Step {
  StepAddress address;
  std::string driver;  ///< Name of the driver that carries it out, as in engine/drivers.
  StepNature nature = StepNature::kResource;
  std::vector<Input> inputs;        ///< Sorted by name.
  std::vector<OutputRef> consumes;  ///< Input edges on earlier steps.
  std::vector<StepAddress> after;   ///< Order-only edges: must come first, does not make it run.
  bool after_any = false;           ///< Also runs whenever any other step of the app ran.
  bool optional = false;            ///< A failure is a warning.
  /// What the driver needs besides inputs; a change here alone makes nothing run.
  std::map<std::string, std::string> parameters;
  std::vector<HealthProbe> probes;  ///< Health check steps only.

  bool operator==(const Step&) const = default;
};

}  // namespace gitops
