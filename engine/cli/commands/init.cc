// init: the files of a first app.
#include <algorithm>
#include <filesystem>

#include "engine/base/redactor.h"
#include "engine/cli/commands/command.h"
#include "engine/cli/starter.h"

namespace gitops {
namespace {

/// The first pattern that can be used; one that runs on this machine comes before others.
Result<std::string> ChoosePattern(Services& services) {
  ASSIGN_OR_RETURN(const std::vector<PatternListing> patterns, services.ListPatterns());
  const PatternListing* chosen = nullptr;
  const auto is_local = [](const PatternListing& pattern) {
    return std::find(pattern.providers.begin(), pattern.providers.end(), "local") !=
           pattern.providers.end();
  };
  for (const PatternListing& pattern : patterns) {
    if (pattern.hidden || HasErrors(pattern.problems)) continue;
    if (chosen == nullptr || (is_local(pattern) && !is_local(*chosen))) chosen = &pattern;
  }
  if (chosen != nullptr) return chosen->name;
  return MakeError(ErrorKind::kNotFound, "no pattern to use",
                   "an app needs a pattern, and none was found", "tfgrid-compose patterns");
}

}  // namespace

Result<int> RunInit(Invocation& invocation) {
  const std::string given =
      invocation.arguments.First().empty() ? "." : invocation.arguments.First();
  std::string directory =
      (std::filesystem::path(invocation.services.working_directory()) / given).lexically_normal();
  while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
  const std::string name = StarterName(directory);
  ASSIGN_OR_RETURN(const std::string pattern, ChoosePattern(invocation.services));
  const std::vector<StarterFile> files = StarterFiles(name, pattern);
  RETURN_IF_ERROR(WriteStarter(directory, files));
  Screen& screen = invocation.screen;
  if (!screen.IsText()) {
    screen.Document([&](DocumentWriter& writer) {
      writer.Member("app", name);
      writer.Member("directory", directory);
      std::vector<std::string> paths;
      for (const StarterFile& file : files) paths.push_back(file.path);
      writer.Texts("files", paths);
    });
    return kExitDone;
  }
  std::string text = "Wrote the app \"" + name + "\" to " + EscapeLine(directory) + ":\n";
  for (const StarterFile& file : files) text += "  " + file.path + "\n";
  text += "\nSee what it would do:  tfgrid-compose up " + EscapeLine(given) +
          " --dry-run\nDeploy it here:        tfgrid-compose up " + EscapeLine(given) + "\n";
  screen.Text(text);
  return kExitDone;
}

}  // namespace gitops
