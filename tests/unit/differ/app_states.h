// App states for tests of the differ: steps with few words, and a small app as a pattern would
// expand it.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "differ/guard.h"
#include "engine/base/digest.h"
#include "engine/model/desired_state.h"
#include "engine/model/recorded_state.h"

namespace gitops::testing {

inline StepAddress At(const std::string& text) {
  const auto address = ParseStepAddress(text);
  CHECK(address.has_value());
  return *address;
}

/// An input whose digest follows from its text.
inline Input MakeInput(const std::string& name, const std::string& text) {
  return {name, Sha256Hex(text), text, false};
}

inline Input MakeSecretInput(const std::string& name, const std::string& text) {
  return {name, Sha256Hex("key" + text), "(secret)", true};
}

inline OutputRef Ref(const std::string& step, const std::string& output = "") {
  return {At(step), output};
}

inline Step Resource(const std::string& address, std::vector<Input> inputs = {}) {
  Step step;
  step.address = At(address);
  step.driver = "local";
  step.inputs = std::move(inputs);
  return step;
}

inline Step Hook(const std::string& address, std::vector<Input> inputs = {}) {
  Step step = Resource(address, std::move(inputs));
  step.driver = "hook";
  step.nature = StepNature::kHook;
  return step;
}

inline void SortSteps(DesiredState& desired) {
  std::sort(desired.steps.begin(), desired.steps.end(),
            [](const Step& a, const Step& b) { return a.address < b.address; });
}

/// A single-vm app: host, platform, files, setup, configure, health check.
inline DesiredState SmallApp() {
  DesiredState app;
  app.app = {"production", "api"};
  app.revision = *ParseRevision("main@sha1:1111111111111111111111111111111111111111");
  app.app_version = "1.4.0";
  app.pattern = "single-vm";
  app.provider = "local";
  app.app_tree = *ObjectId::FromHex("2222222222222222222222222222222222222222");
  app.pattern_tree = *ObjectId::FromHex("3333333333333333333333333333333333333333");

  Step host = Resource("infrastructure.host",
                       {MakeInput("pattern.infrastructure", "tree-a"),
                        MakeInput("variables.cpu", "2"), MakeInput("variables.memory", "4096")});
  Step network = Resource("network.address", {MakeInput("variables.network", "mycelium")});
  network.consumes = {Ref("infrastructure.host")};
  Step platform = Resource("platform.base", {MakeInput("pattern.platform", "tree-b")});
  platform.consumes = {Ref("infrastructure.host", "identity")};
  Step files = Resource("app.files[host]", {MakeInput("files.deployment", "tree-c"),
                                            MakeInput("files.src", "tree-d")});
  files.driver = "files";
  files.consumes = {Ref("infrastructure.host", "identity")};
  files.parameters = {{"teardown", "deployment/teardown.sh"}, {"teardown_timeout_seconds", "60"}};
  Step setup = Hook("app.setup[host]",
                    {MakeInput("files.src", "tree-d"), MakeInput("hooks.setup.script", "blob-a")});
  setup.consumes = {Ref("infrastructure.host", "identity")};
  setup.after = {At("app.files[host]"), At("platform.base")};
  Step configure = Hook("app.configure[host]", {MakeSecretInput("environment.TOKEN", "hunter2"),
                                                MakeInput("environment.TZ", "Europe/Brussels"),
                                                MakeInput("files.src", "tree-d"),
                                                MakeInput("hooks.configure.script", "blob-b")});
  configure.after = {At("app.setup[host]")};
  Step health = Hook("app.healthcheck[host]", {MakeInput("hooks.healthcheck.script", "blob-c")});
  health.after_any = true;
  health.after = {At("app.configure[host]")};

  app.steps = {host, network, platform, files, setup, configure, health};
  SortSteps(app);
  return app;
}

inline Step& StepAt(DesiredState& desired, const std::string& address) {
  for (Step& step : desired.steps) {
    if (step.address == At(address)) return step;
  }
  CHECK(false);
}

inline RecordedStep& StepAt(RecordedState& recorded, const std::string& address) {
  for (RecordedStep& step : recorded.steps) {
    if (step.step.address == At(address)) return step;
  }
  CHECK(false);
}

/// Gives the input `name` of a step another value.
inline void SetInput(DesiredState& desired, const std::string& address, const std::string& name,
                     const std::string& text) {
  for (Input& input : StepAt(desired, address).inputs) {
    if (input.name != name) continue;
    input = input.secret ? MakeSecretInput(name, text) : MakeInput(name, text);
    return;
  }
  CHECK(false);
}

inline void RemoveStep(DesiredState& desired, const std::string& address) {
  std::erase_if(desired.steps, [&](const Step& step) { return step.address == At(address); });
}

/// What the small app's steps give.
inline Outputs OutputsOf(const StepAddress& address) {
  if (address.phase == Phase::kApp) return {};
  return {{"identity", address.step + "-1"}, {"ip", "10.1.0.2"}};
}

/// The record of an app whose last run did everything that `desired` says.
inline RecordedState RecordOf(const DesiredState& desired) {
  RecordedState recorded;
  recorded.app = desired.app;
  recorded.serial = 7;
  OutputsByStep outputs;
  for (const Step& step : desired.steps) outputs[step.address] = OutputsOf(step.address);
  for (const Step& step : desired.steps) {
    recorded.steps.push_back(
        {WithConsumedOutputs(step, outputs), OutputsOf(step.address), false, false, 3});
  }
  return recorded;
}

}  // namespace gitops::testing
