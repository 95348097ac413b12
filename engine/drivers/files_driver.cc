#include "engine/drivers/files_driver.h"

#include <filesystem>
#include <optional>
#include <set>

#include "engine/drivers/app_directories.h"
#include "engine/drivers/app_user.h"
#include "engine/drivers/file_layout.h"
#include "engine/drivers/step_parameters.h"
#include "engine/drivers/tree_writer.h"
#include "engine/os/remove_tree.h"

namespace gitops {
namespace {

Result<FileLayout> LayOut(const StepContext& context, const FileLimits& limits) {
  return LayOutFiles({*context.app_tree, Parameter(context.step, "manifest"),
                      Parameter(context.step, "env_file"), limits});
}

bool HasEntries(const std::string& directory) {
  std::error_code error;
  return std::filesystem::directory_iterator(directory, error) !=
         std::filesystem::directory_iterator();
}

}  // namespace

Result<ObservedStep> FilesDriver::Observe(const StepContext& context, std::stop_token stop) {
  ObservedStep observed;
  if (context.app_tree == nullptr) {
    observed.detail = "the app's files are not known any more";
    return observed;
  }
  const AppDirectories directories(options_.state_dir, context.app);
  ASSIGN_OR_RETURN(const FileLayout layout, LayOut(context, options_.limits));
  const std::set<std::string> hooks = ListParameter(context.step, "hooks");
  ASSIGN_OR_RETURN(std::string source, CompareDirectory(directories.source, layout.source, hooks,
                                                        options_.limits, stop));
  ASSIGN_OR_RETURN(
      std::string deployment,
      CompareDirectory(directories.deployment, layout.deployment, hooks, options_.limits, stop));
  const bool any_there = HasEntries(directories.source) || HasEntries(directories.deployment);
  if (source.empty() && deployment.empty()) {
    observed.observation = Observation::kPresent;
    observed.detail = "all files are in place";
  } else if (!any_there) {
    observed.observation = Observation::kAbsent;
    observed.detail = "no file of the app is there";
  } else {
    observed.observation = Observation::kDiffers;
    observed.detail = source.empty() ? deployment : source;
  }
  return observed;
}

Result<Outputs> FilesDriver::Apply(const StepContext& context, std::stop_token stop) {
  if (context.app_tree == nullptr) {
    return MakeError(ErrorKind::kNotFound, "the files of the app are gone",
                     "the source no longer has the tree of " + context.app.ToString());
  }
  const AppDirectories directories(options_.state_dir, context.app);
  ASSIGN_OR_RETURN(const FileLayout layout, LayOut(context, options_.limits));
  for (const std::string& note : layout.notes) context.log.Note(note);
  ASSIGN_OR_RETURN(const AppUser user, AppUserOf(options_, context.app));
  const auto owner = user.separate ? std::optional<ChildUser>(user.ids) : std::nullopt;
  RETURN_IF_ERROR(directories.Make(owner));
  RETURN_IF_ERROR(ReplaceDirectory(directories.source, layout.source, *context.app_tree,
                                   options_.limits, stop, owner));
  RETURN_IF_ERROR(ReplaceDirectory(directories.deployment, layout.deployment, *context.app_tree,
                                   options_.limits, stop, owner));
  context.log.Note("placed " + std::to_string(layout.source.size() + layout.deployment.size()) +
                   " files");
  return Outputs{};
}

Status FilesDriver::Destroy(const StepContext& context, std::stop_token) {
  const AppDirectories directories(options_.state_dir, context.app);
  for (const std::string& path : {directories.source, directories.deployment}) {
    RETURN_IF_ERROR(RemoveLeftovers(path));
    RETURN_IF_ERROR(RemoveTreeBeneath(path));
  }
  return {};
}

}  // namespace gitops
