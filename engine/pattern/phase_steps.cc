#include "engine/pattern/phase_steps.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace gitops {
namespace {

constexpr std::size_t kMostShown = 200;

void AddTree(std::string name, const ObjectId& id, Step& step) {
  if (!id.IsZero()) step.inputs.push_back({std::move(name), id.Hex(), id.Short(), false});
}

void AddVariables(const std::vector<ResolvedVariable>& variables, Step& step) {
  for (const ResolvedVariable& resolved : variables) {
    const std::vector<Phase>& phases = resolved.variable->phases;
    if (std::find(phases.begin(), phases.end(), step.address.phase) == phases.end()) continue;
    const std::string name = "variables." + resolved.variable->name;
    std::string text = ToText(resolved.value);
    step.inputs.push_back({name, DigestValue(resolved.value), ShownText(text), false});
    step.parameters[name] = std::move(text);
  }
}

Step MakePhaseStep(Phase phase, const PatternStep& from,
                   const std::vector<ResolvedVariable>& variables) {
  Step step;
  step.address = {phase, from.step, ""};
  step.driver = from.driver;
  step.nature = StepNature::kResource;
  step.parameters = from.parameters;
  const std::string name = "pattern." + std::string(ToString(phase));
  AddTree(name, from.tree, step);
  AddTree(name + ".script", from.script, step);
  AddVariables(variables, step);
  // The driver's own settings come from the pattern, so a changed one is a changed pattern.
  for (const auto& [key, value] : from.parameters) {
    step.inputs.push_back(
        {name + ".parameters." + key, DigestValue(value), ShownText(value), false});
  }
  std::sort(step.inputs.begin(), step.inputs.end(),
            [](const Input& a, const Input& b) { return a.name < b.name; });
  return step;
}

}  // namespace

std::vector<Step> PhaseSteps(const PatternProvider& provider,
                             const std::vector<ResolvedVariable>& variables) {
  std::vector<Step> steps;
  std::optional<StepAddress> infrastructure;
  for (const auto& [phase, from] : provider.phases) {
    Step step = MakePhaseStep(phase, from, variables);
    for (const Step& earlier : steps) step.after.push_back(earlier.address);
    if (phase == Phase::kInfrastructure) {
      infrastructure = step.address;
    } else if (infrastructure) {
      step.consumes.push_back({*infrastructure, phase == Phase::kPlatform ? kIdentityOutput : ""});
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

std::string ShownText(std::string_view text) {
  if (text.size() <= kMostShown) return std::string(text);
  std::size_t size = kMostShown;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  return std::string(text.substr(0, size)) + "…";
}

}  // namespace gitops
