#include "tests/property/model_executor.h"

#include <algorithm>

#include "differ/guard.h"
#include "engine/base/digest.h"

namespace gitops::testing {
namespace {

Outputs Produce(const Step& with_outputs, World world, RunId run) {
  DigestBuilder digest;
  digest.Add(with_outputs.driver);
  for (const Input& input : with_outputs.inputs) digest.Add(input.name).Add(input.digest);
  const std::string hex = digest.Hex();
  if (world == World::kVolatile) {
    const std::string unique = hex.substr(0, 8) + "-" + std::to_string(run);
    return {{"identity", unique}, {"ip", unique}, {"key", unique}};
  }
  return {{"identity", with_outputs.driver},
          {"ip", std::string(1, hex[0] < 'c' ? 'a' : 'b')},
          {"key", hex.substr(0, 1)}};
}

RecordedStep& RecordAt(RecordedState& recorded, const Step& step) {
  for (RecordedStep& known : recorded.steps) {
    if (known.step.address == step.address) return known;
  }
  RecordedStep fresh;
  fresh.step = step;
  fresh.step.inputs.clear();
  recorded.steps.push_back(std::move(fresh));
  return recorded.steps.back();
}

OutputsByStep CurrentOutputs(const RecordedState& recorded) {
  OutputsByStep outputs;
  for (const RecordedStep& step : recorded.steps) outputs[step.step.address] = step.outputs;
  return outputs;
}

void Carry(const Action& action, RecordedState& recorded, World world) {
  if (action.kind == ActionKind::kDelete) {
    std::erase_if(recorded.steps, [&](const RecordedStep& step) {
      return step.step.address == action.step.address;
    });
    return;
  }
  const Step done = WithConsumedOutputs(action.step, CurrentOutputs(recorded));
  RecordedStep& record = RecordAt(recorded, action.step);
  record = {done, Produce(done, world, static_cast<RunId>(recorded.serial)), false, false, 1};
}

}  // namespace

Execution Execute(const Plan& plan, const RecordedState& recorded, const ExecuteOptions& options) {
  Execution result{recorded, std::vector<bool>(plan.actions.size(), false)};
  bool any_ran = false;
  for (std::size_t i = 0; i < plan.actions.size(); ++i) {
    if (i == options.stop_at) break;
    if (i == options.drop) continue;
    const Action& action = plan.actions[i];
    if (!GuardIsOpen(action, result.recorded.Find(action.step.address),
                     CurrentOutputs(result.recorded), any_ran)) {
      continue;
    }
    ++result.recorded.serial;
    result.ran[i] = true;
    if (i == options.fail_at) {
      RecordedStep& record = RecordAt(result.recorded, action.step);
      record.tainted = true;
      break;
    }
    Carry(action, result.recorded, options.world);
    any_ran = any_ran || !action.step.after_any;
  }
  std::sort(
      result.recorded.steps.begin(), result.recorded.steps.end(),
      [](const RecordedStep& a, const RecordedStep& b) { return a.step.address < b.step.address; });
  return result;
}

std::map<std::string, std::vector<std::string>> Essence(const RecordedState& recorded) {
  std::map<std::string, std::vector<std::string>> essence;
  for (const RecordedStep& step : recorded.steps) {
    std::vector<std::string>& lines = essence[step.step.address.ToString()];
    lines.push_back(step.step.driver + (step.tainted ? " tainted" : ""));
    for (const Input& input : step.step.inputs) lines.push_back(input.name + "=" + input.digest);
    for (const auto& [name, value] : step.outputs) lines.push_back(name + ": " + value);
  }
  return essence;
}

}  // namespace gitops::testing
