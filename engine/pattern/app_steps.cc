#include "engine/pattern/app_steps.h"

#include <algorithm>
#include <utility>

#include "engine/base/digest.h"
#include "engine/base/secret.h"
#include "engine/pattern/phase_steps.h"

namespace gitops {
namespace {

std::string ProbeText(const HealthProbe& probe) {
  static constexpr std::string_view kKinds[] = {"http ", "tcp ", "command "};
  return std::string(kKinds[static_cast<std::size_t>(probe.kind)]) + probe.target;
}

Input ProbesInput(const std::vector<HealthProbe>& probes) {
  DigestBuilder digest;
  std::string shown;
  for (const HealthProbe& probe : probes) {
    digest.Add(ProbeText(probe)).Add(probe.expected_status);
    digest.Add(probe.interval.count()).Add(probe.timeout.count());
    digest.Add(probe.retries).Add(probe.successes);
    shown += (shown.empty() ? "" : ", ") + ProbeText(probe);
  }
  return {"healthchecks", digest.Hex(), ShownText(shown), false};
}

Input DependenciesInput(const std::vector<std::string>& dependencies) {
  DigestBuilder digest;
  std::string shown;
  for (const std::string& dependency : dependencies) {
    digest.Add(dependency);
    shown += (shown.empty() ? "" : ", ") + dependency;
  }
  return {"dependencies", digest.Hex(), ShownText(shown), false};
}

class Builder {
 public:
  explicit Builder(const AppStepsRequest& request) : request_(request) {
    // Nothing else reads the environment, so nothing else pays for its digests.
    if (!request.content.configure && !request.content.playbook) return;
    environment_.reserve(request.variables.values.size());
    for (const AppVariable& variable : request.variables.values) {
      environment_.push_back(EnvironmentInput(variable));
    }
  }

  std::vector<Step> Run() {
    const bool single = request_.hosts.size() <= 1;
    if (single) {
      AddHost("");
    } else {
      for (const PatternHost& host : request_.hosts) AddHost(host.name);
    }
    if (request_.content.playbook) steps_.push_back(Playbook());
    AddHealthchecks();
    for (Step& step : steps_) Finish(step);
    std::sort(steps_.begin(), steps_.end(),
              [](const Step& a, const Step& b) { return a.address < b.address; });
    return std::move(steps_);
  }

 private:
  void AddHost(const std::string& host) {
    const AppContent& content = request_.content;
    steps_.push_back(Files(host));
    std::vector<StepAddress> after{steps_.back().address};
    if (content.setup) {
      steps_.push_back(Setup(host, after));
      after.push_back(steps_.back().address);
    }
    if (content.configure) steps_.push_back(Configure(host, after));
  }

  Step NewStep(std::string name, const std::string& host, std::string driver, StepNature nature) {
    Step step;
    step.address = {Phase::kApp, std::move(name), host};
    step.driver = std::move(driver);
    step.nature = nature;
    step.after.reserve(request_.phase_steps.size() + 4);
    for (const Step& phase : request_.phase_steps) step.after.push_back(phase.address);
    step.inputs.reserve(request_.content.files.size() + environment_.size() + 3);
    return step;
  }

  Step Files(const std::string& host) {
    const AppContent& content = request_.content;
    Step step = NewStep("files", host, "files", StepNature::kResource);
    ConsumeIdentity(step);
    AddInputs(content.files, step);
    step.parameters["manifest"] = content.manifest;
    if (!request_.manifest.env_file.empty()) {
      step.parameters["env_file"] = request_.manifest.env_file;
    }
    std::string hooks;
    for (const std::string& path : content.hooks) hooks += (hooks.empty() ? "" : "\n") + path;
    step.parameters["hooks"] = std::move(hooks);
    if (content.teardown) {
      step.parameters["teardown"] = content.teardown->path;
      AddScript("teardown", *content.teardown, step);
      const auto& declared = request_.manifest.teardown;
      if (declared && declared->timeout) {
        step.parameters["teardown_timeout_seconds"] = std::to_string(declared->timeout->count());
      }
    }
    return step;
  }

  /// What all hooks have in common; the script is absent for probes without one.
  Step Hook(const std::string& name, const std::string& host, std::string driver,
            const std::optional<HookScript>& script, const std::optional<ManifestHook>& declared) {
    Step step = NewStep(name, host, std::move(driver), StepNature::kHook);
    step.parameters["hook"] = name;
    if (script) {
      step.parameters["script"] = script->path;
      AddScript(name, *script, step);
    }
    if (declared && declared->timeout) {
      step.parameters["timeout_seconds"] = std::to_string(declared->timeout->count());
    }
    if (declared && declared->optional) {
      step.optional = true;
      step.parameters["optional"] = "true";
    }
    return step;
  }

  Step Setup(const std::string& host, const std::vector<StepAddress>& after) {
    const AppContent& content = request_.content;
    Step step = Hook("setup", host, "hook", content.setup, request_.manifest.setup);
    ConsumeIdentity(step);
    AddInputs(content.setup_files ? *content.setup_files : content.files, step);
    AddDependencies(step);
    step.after.insert(step.after.end(), after.begin(), after.end());
    return step;
  }

  Step Configure(const std::string& host, const std::vector<StepAddress>& after) {
    const AppContent& content = request_.content;
    Step step = Hook("configure", host, "hook", content.configure, request_.manifest.configure);
    ConsumeIdentity(step);
    AddInputs(content.configure_files ? *content.configure_files : content.files, step);
    AddSettings(step);
    step.after.insert(step.after.end(), after.begin(), after.end());
    return step;
  }

  /// The app's own playbook takes the place of the hooks, once for all hosts.
  Step Playbook() {
    const AppContent& content = request_.content;
    Step step = NewStep("playbook", "", "ansible", StepNature::kHook);
    step.parameters["hook"] = "playbook";
    step.parameters["playbook"] = content.playbook->path;
    AddScript("playbook", *content.playbook, step);
    ConsumeIdentity(step);
    AddInputs(content.files, step);
    AddDependencies(step);
    AddSettings(step);
    AddAllSoFar(step);
    return step;
  }

  void AddHealthchecks() {
    const Manifest& manifest = request_.manifest;
    if (!request_.content.healthcheck && manifest.healthchecks.empty()) return;
    std::vector<Step> checks;
    const bool single = request_.hosts.size() <= 1;
    for (std::size_t i = 0; i < std::max<std::size_t>(1, request_.hosts.size()); ++i) {
      Step step = Hook("healthcheck", single ? "" : request_.hosts[i].name, "healthcheck",
                       request_.content.healthcheck, manifest.healthcheck);
      step.after_any = true;
      step.probes = manifest.healthchecks;
      if (!step.probes.empty()) step.inputs.push_back(ProbesInput(step.probes));
      AddAllSoFar(step);
      checks.push_back(std::move(step));
    }
    std::move(checks.begin(), checks.end(), std::back_inserter(steps_));
  }

  void AddAllSoFar(Step& step) const {
    for (const Step& earlier : steps_) step.after.push_back(earlier.address);
  }

  void ConsumeIdentity(Step& step) const {
    for (const Step& phase : request_.phase_steps) {
      if (phase.address.phase != Phase::kInfrastructure) continue;
      step.consumes.push_back({phase.address, kIdentityOutput});
    }
  }

  static void AddInputs(const std::vector<Input>& inputs, Step& step) {
    step.inputs.insert(step.inputs.end(), inputs.begin(), inputs.end());
  }

  static void AddScript(const std::string& hook, const HookScript& script, Step& step) {
    step.inputs.push_back(EntryInput("hooks." + hook + ".script", script.entry));
  }

  void AddDependencies(Step& step) const {
    if (request_.manifest.dependencies.empty()) return;
    step.inputs.push_back(DependenciesInput(request_.manifest.dependencies));
  }

  /// What reaches a hook through its environment. Not the revision: it changes with every commit.
  void AddSettings(Step& step) const {
    const std::string& version = request_.manifest.version;
    step.inputs.push_back({"version", Sha256Hex(version), ShownText(version), false});
    AddInputs(environment_, step);
  }

  Input EnvironmentInput(const AppVariable& variable) const {
    const std::string name = "environment." + variable.name;
    if (!variable.secret) {
      const std::string_view value = variable.value.Reveal();
      return {name, Sha256Hex(value), ShownText(value), false};
    }
    // Bound to app and name, so that equal secrets of two apps do not look equal.
    std::string message;
    const std::string app = request_.app.ToString();
    message.reserve(app.size() + variable.name.size() + variable.value.Reveal().size() + 2);
    message.append(app).append(1, '\0').append(variable.name).append(1, '\0');
    message.append(variable.value.Reveal());
    const Secret wiped(std::move(message));
    const Sha256Bytes digest = HmacSha256(request_.digest_key, wiped.Reveal());
    return {name, ToHex(digest.data(), digest.size()), std::string(kSecretPlaceholder), true};
  }

  static void Finish(Step& step) {
    std::sort(step.inputs.begin(), step.inputs.end(),
              [](const Input& a, const Input& b) { return a.name < b.name; });
    std::sort(step.after.begin(), step.after.end());
  }

  const AppStepsRequest& request_;
  std::vector<Input> environment_;
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> AppSteps(const AppStepsRequest& request) { return Builder(request).Run(); }

}  // namespace gitops
