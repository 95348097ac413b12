#include "engine/drivers/script_driver.h"

#include <cctype>
#include <optional>

#include "engine/drivers/app_directories.h"
#include "engine/drivers/file_layout.h"
#include "engine/drivers/hook_runner.h"
#include "engine/drivers/step_parameters.h"
#include "engine/drivers/tree_writer.h"
#include "engine/os/remove_tree.h"

namespace gitops {
namespace {

constexpr std::string_view kVariablePrefix = "variables.";

std::map<std::string, std::string> VariableEnvironment(const Step& step) {
  std::map<std::string, std::string> environment;
  for (const auto& [key, value] : step.parameters) {
    if (!key.starts_with(kVariablePrefix)) continue;
    std::string name = "TFGRID_VAR_";
    for (const char c : key.substr(kVariablePrefix.size())) {
      const auto byte = static_cast<unsigned char>(c);
      name += std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_';
    }
    environment[name] = value;
  }
  return environment;
}

}  // namespace

Result<ObservedStep> ScriptDriver::Observe(const StepContext&, std::stop_token) {
  ObservedStep observed;
  observed.detail = "what a script did cannot be observed";
  return observed;
}

Result<Outputs> ScriptDriver::Apply(const StepContext& context, std::stop_token stop) {
  RETURN_IF_ERROR(Run(context, Parameter(context.step, "script"), std::move(stop)));
  return Outputs{};
}

Status ScriptDriver::Destroy(const StepContext& context, std::stop_token stop) {
  const std::string script = Parameter(context.step, "destroy");
  if (script.empty()) return {};
  if (context.pattern_tree == nullptr) {
    context.log.Note("the pattern is gone; going on without its " + script);
    return {};
  }
  return Run(context, script, std::move(stop));
}

Status ScriptDriver::Run(const StepContext& context, const std::string& script,
                         std::stop_token stop) const {
  if (context.pattern_tree == nullptr || script.empty()) {
    return MakeError(ErrorKind::kNotFound, "no script to run",
                     "the pattern of " + context.app.ToString() + " or its script is gone");
  }
  ASSIGN_OR_RETURN(const auto entry, context.pattern_tree->Find(script));
  if (!entry || (entry->kind != EntryKind::kFile && entry->kind != EntryKind::kExecutable)) {
    return MakeError(ErrorKind::kInvalid, "the pattern has no such script",
                     "\"" + script + "\" is not a file of the pattern",
                     "name a script beneath the pattern's directory in parameters.script");
  }
  const AppDirectories directories(options_.state_dir, context.app);
  ASSIGN_OR_RETURN(const AppUser user, AppUserOf(options_, context.app));
  const auto owner = user.separate ? std::optional<ChildUser>(user.ids) : std::nullopt;
  RETURN_IF_ERROR(directories.Make(owner));
  ASSIGN_OR_RETURN(FileLayout layout,
                   LayOutFiles({*context.pattern_tree, "", "", options_.limits, true}));
  layout.source[script].kind = EntryKind::kExecutable;
  // Beside the app's own directories, where its user may come but not write.
  const std::string place = directories.root + "/pattern";
  RETURN_IF_ERROR(
      ReplaceDirectory(place, layout.source, *context.pattern_tree, options_.limits, stop, owner));
  HookRequest request;
  request.hook = "pattern";
  request.script = script;
  request.timeout = context.timeout;
  const AppVariables none;  // What an app declares is not the pattern's business.
  const Status status = HookRunner(options_).RunProgram(
      context, request,
      {place + "/" + script, place, none, user, VariableEnvironment(context.step)},
      std::move(stop));
  const Status removed = RemoveTreeBeneath(place);
  return status ? removed : status;
}

}  // namespace gitops
