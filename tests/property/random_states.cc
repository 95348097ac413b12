#include "tests/property/random_states.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "tests/unit/differ/app_states.h"

namespace gitops::testing {
namespace {

constexpr std::size_t kSeeds = 100;

/// Every address that a random app may use.
const std::vector<std::string>& Universe() {
  static const std::vector<std::string> kAddresses = {
      "infrastructure.host", "infrastructure.disk", "network.mesh",     "network.dns",
      "platform.base",       "platform.extra",      "app.files[a]",     "app.files[b]",
      "app.setup[a]",        "app.setup[b]",        "app.configure[a]", "app.configure[b]",
      "app.healthcheck[a]",  "app.healthcheck[b]"};
  return kAddresses;
}

const std::vector<std::string>& InputNames() {
  static const std::vector<std::string> kNames = {
      "environment.TZ", "environment.TOKEN", "files.src", "pattern.platform", "variables.memory"};
  return kNames;
}

const std::vector<std::string>& OutputNames() {
  static const std::vector<std::string> kNames = {"", "identity", "ip", "key"};
  return kNames;
}

Input RandomInput(const std::string& name, Dice& dice) {
  const std::string text = "v" + std::to_string(dice.Below(4));
  return name == "environment.TOKEN" ? MakeSecretInput(name, text) : MakeInput(name, text);
}

std::vector<Input> RandomInputs(Dice& dice) {
  std::vector<Input> inputs;
  for (const std::string& name : InputNames()) {
    if (dice.Once(2)) inputs.push_back(RandomInput(name, dice));
  }
  return inputs;
}

/// Edges go from a step to one before it in `order`, so they never make a cycle.
void AddRandomEdges(Step& step, const std::vector<StepAddress>& order, Dice& dice) {
  for (const StepAddress& before : order) {
    if (before == step.address) return;
    if (before.phase > step.address.phase) continue;
    if (dice.Once(4)) step.consumes.push_back({before, OutputNames()[dice.Below(4)]});
    if (dice.Once(6)) step.after.push_back(before);
  }
}

Step RandomStep(const std::string& address, Dice& dice) {
  const bool is_check = address.find("healthcheck") != std::string::npos;
  const bool is_hook = is_check || address.find("setup") != std::string::npos ||
                       address.find("configure") != std::string::npos;
  Step step = is_hook ? Hook(address, RandomInputs(dice)) : Resource(address, RandomInputs(dice));
  step.after_any = is_check;
  return step;
}

/// Drops edges to steps that are not there any more, as an expansion would.
void DropDanglingEdges(DesiredState& app) {
  for (Step& step : app.steps) {
    std::erase_if(step.consumes, [&](const OutputRef& ref) { return !app.Find(ref.step); });
    std::erase_if(step.after, [&](const StepAddress& address) { return !app.Find(address); });
  }
}

/// The order that the edges of all versions of all apps agree with.
std::vector<StepAddress> UniverseOrder() {
  std::vector<StepAddress> order;
  for (const std::string& address : Universe()) order.push_back(At(address));
  return order;
}

void ChangeInputs(Step& step, Dice& dice) {
  if (step.inputs.empty() || dice.Once(3)) {
    step.inputs = RandomInputs(dice);
    return;
  }
  Input& input = step.inputs[dice.Below(step.inputs.size())];
  input = RandomInput(input.name, dice);
}

/// Edges change when the pattern does, so an input of it changes with them.
void ChangeEdges(Step& step, Dice& dice) {
  step.consumes.clear();
  step.after.clear();
  AddRandomEdges(step, UniverseOrder(), dice);
  std::erase_if(step.inputs, [](const Input& input) { return input.name == "pattern.edges"; });
  step.inputs.push_back(MakeInput("pattern.edges", std::to_string(dice.Below(1000000))));
}

}  // namespace

DesiredState RandomApp(Dice& dice) {
  DesiredState app = SmallApp();
  app.steps.clear();
  const std::size_t density = 1 + dice.Below(3);
  for (const std::string& address : Universe()) {
    if (dice.Below(4) > density) continue;
    Step step = RandomStep(address, dice);
    AddRandomEdges(step, UniverseOrder(), dice);
    app.steps.push_back(std::move(step));
  }
  DropDanglingEdges(app);
  SortSteps(app);
  return app;
}

DesiredState Evolve(const DesiredState& app, Dice& dice) {
  DesiredState next = app;
  const std::size_t mutations = dice.Below(4);
  for (std::size_t i = 0; i < mutations; ++i) {
    if (next.steps.empty() || dice.Once(5)) {
      const std::string& address = Universe()[dice.Below(Universe().size())];
      if (next.Find(At(address)) != nullptr) continue;
      next.steps.push_back(RandomStep(address, dice));
      AddRandomEdges(next.steps.back(), UniverseOrder(), dice);
      continue;
    }
    const std::size_t at = dice.Below(next.steps.size());
    switch (dice.Below(5)) {
      case 0:
        next.steps.erase(next.steps.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      case 1:
        ChangeEdges(next.steps[at], dice);
        break;
      case 2:
        next.steps[at].driver = dice.Once(2) ? "local" : "opentofu";
        break;
      default:
        ChangeInputs(next.steps[at], dice);
    }
  }
  DropDanglingEdges(next);
  SortSteps(next);
  for (Step& step : next.steps) {
    std::sort(step.inputs.begin(), step.inputs.end(),
              [](const Input& a, const Input& b) { return a.name < b.name; });
  }
  return next;
}

DesiredState Shuffled(DesiredState app, Dice& dice) {
  dice.Shuffle(app.steps);
  for (Step& step : app.steps) {
    dice.Shuffle(step.inputs);
    dice.Shuffle(step.consumes);
    dice.Shuffle(step.after);
  }
  return app;
}

RecordedState Shuffled(RecordedState recorded, Dice& dice) {
  dice.Shuffle(recorded.steps);
  return recorded;
}

bool ForEachSeed(const std::function<void(Dice&)>& law) {
  const char* only = std::getenv("TFGRID_COMPOSE_SEED");
  const std::uint64_t first = only == nullptr ? 1 : std::strtoull(only, nullptr, 10);
  const std::uint64_t last = only == nullptr ? kSeeds : first;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("replay with TFGRID_COMPOSE_SEED=" + std::to_string(seed));
    Dice dice(seed);
    law(dice);
    if (::testing::Test::HasFailure()) return false;
  }
  return only == nullptr;
}

}  // namespace gitops::testing
