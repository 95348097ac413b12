#include "tests/sim/sim_cloud.h"

#include "differ/guard.h"

namespace gitops::sim {
namespace {

constexpr std::size_t kMostBytes = 1U << 20U;

std::map<std::string, std::string> InputsOf(const StepContext& context) {
  std::map<std::string, std::string> inputs;
  for (const Input& input : WithConsumedOutputs(context.step, context.outputs).inputs) {
    inputs[input.name] = input.digest;
  }
  return inputs;
}

std::string Parameter(const Step& step, const std::string& name) {
  const auto found = step.parameters.find(name);
  return found == step.parameters.end() ? "" : found->second;
}

}  // namespace

std::string Effect::ToString() const {
  return verb + " " + app.ToString() + " " + address.ToString() + " by " + driver + " in run " +
         std::to_string(run);
}

std::string SimCloud::HostOf(const AppId& app) const {
  for (const auto& [key, thing] : things_) {
    if (key.app == app && key.address.phase == Phase::kInfrastructure) return thing.identity;
  }
  return "";
}

void SimCloud::ForgetHost(const AppId& app, const std::string& identity) {
  std::erase_if(things_, [&](const auto& item) {
    return item.first.app == app && item.second.host == identity;
  });
  std::erase_if(hooks_, [&](const auto& item) {
    return item.first.app == app && item.second.host == identity;
  });
}

Result<Outputs> SimCloud::Apply(const std::string& driver, const StepContext& context, bool half) {
  effects_.push_back({"apply", context.app, context.step.address, driver, context.run});
  if (context.step.nature == StepNature::kHook) return RunHook(context, half);
  return ApplyResource(driver, context, half);
}

Result<Outputs> SimCloud::ApplyResource(const std::string& driver, const StepContext& context,
                                        bool half) {
  const bool is_host = context.step.address.phase == Phase::kInfrastructure;
  Thing made;
  if (driver == "files") {
    if (context.app_tree == nullptr) {
      return MakeError(ErrorKind::kNotFound, "the files of the app are gone", "");
    }
    ASSIGN_OR_RETURN(made.settings["page"], context.app_tree->Read("src/index.html", kMostBytes));
  }
  for (const auto& [name, value] : context.step.parameters) {
    if (name.starts_with("variables.")) made.settings[name] = value;
  }
  const std::string host = is_host ? "" : HostOf(context.app);
  if (!is_host && host.empty()) {
    return MakeError(ErrorKind::kInvalid, "no host", "there is nothing to put it on");
  }
  Thing& thing = things_[{context.app, context.step.address, driver}];
  if (thing.identity.empty()) {
    thing.identity = (is_host ? "host-" : "thing-") + std::to_string(++identities_);
  }
  thing.half = half;
  if (half) return Outputs();
  thing.host = host;
  thing.inputs = InputsOf(context);
  thing.settings = std::move(made.settings);
  if (!is_host) return Outputs();
  return Outputs{{"identity", thing.identity}, {"primary_ip", "127.0.0.1"}};
}

Result<Outputs> SimCloud::RunHook(const StepContext& context, bool half) {
  const std::string host = HostOf(context.app);
  const std::string hook = Parameter(context.step, "hook");
  if (host.empty()) {
    if (hook == "teardown") return Outputs();  // Nothing left to tear down.
    return MakeError(ErrorKind::kInvalid, "no host", hook + " has nowhere to run");
  }
  HookTrace trace;
  trace.host = host;
  const std::string script = Parameter(context.step, "script");
  if (!script.empty()) {
    if (context.app_tree == nullptr) {
      if (hook == "teardown") return Outputs();
      return MakeError(ErrorKind::kNotFound, "no script", script);
    }
    ASSIGN_OR_RETURN(trace.script, context.app_tree->Read(script, kMostBytes));
  }
  trace.half = half;
  trace.inputs = InputsOf(context);
  for (const AppVariable& variable : context.variables.values) {
    trace.environment[variable.name] = std::string(variable.value.Reveal());
    context.log.Write(variable.name + " is " + std::string(variable.value.Reveal()) + "\n");
  }
  const bool later = trace.script.find("try later") != std::string::npos ||
                     IsBusy({context.app, context.step.address}, trace.script);
  const bool fails = later || trace.script.find("exit 3") != std::string::npos;
  const auto password = trace.environment.find("PASSWORD");
  const std::string said = password == trace.environment.end() ? "" : password->second;
  trace.half |= fails;
  hooks_[{context.app, context.step.address}] = std::move(trace);
  if (!fails) return Outputs();
  return MakeError(later ? ErrorKind::kTransient : ErrorKind::kInvalid, "a hook failed",
                   script + ": exit code 3; it said " + said, "it used " + said);
}

bool SimCloud::IsBusy(const HookKey& key, const std::string& script) {
  if (script.find("again later") == std::string::npos) return false;
  const int runs = ++again_[key];
  return runs > 1 && runs < 5;
}

Status SimCloud::Destroy(const std::string& driver, const StepContext& context, bool half) {
  effects_.push_back({"destroy", context.app, context.step.address, driver, context.run});
  if (!half) hooks_.erase({context.app, context.step.address});
  const auto found = things_.find({context.app, context.step.address, driver});
  if (found == things_.end()) return {};
  if (context.step.address.phase == Phase::kInfrastructure && busy_deletions > 0) {
    --busy_deletions;
    return MakeError(ErrorKind::kTransient, "the host cannot go now", "something is busy");
  }
  if (half) {
    found->second.half = true;
    return {};
  }
  const std::string identity = found->second.identity;
  const bool is_host = context.step.address.phase == Phase::kInfrastructure;
  things_.erase(found);
  if (is_host) ForgetHost(context.app, identity);
  return {};
}

ObservedStep SimCloud::Observe(const std::string& driver, const StepContext& context) const {
  ObservedStep observed;
  if (context.step.nature == StepNature::kHook) return observed;
  const auto found = things_.find({context.app, context.step.address, driver});
  if (found == things_.end()) {
    observed.observation = Observation::kAbsent;
  } else if (found->second.half || found->second.inputs != InputsOf(context)) {
    observed.observation = Observation::kDiffers;
  } else {
    observed.observation = Observation::kPresent;
  }
  return observed;
}

}  // namespace gitops::sim
