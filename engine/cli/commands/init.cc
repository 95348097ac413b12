// init: the files of a first app.
#include <algorithm>
#include <filesystem>

#include "engine/base/redactor.h"
#include "engine/cli/commands/command.h"
#include "engine/cli/starter.h"

namespace gitops {
namespace {

/// The pattern that a first app begins with: one that can be used on this machine.
Result<std::string> FirstPattern(Services& services) {
  ASSIGN_OR_RETURN(const std::vector<PatternListing> patterns, services.ListPatterns());
  const std::string provider = EnvironmentSpec().provider;
  for (const PatternListing& pattern : patterns) {
    const auto& providers = pattern.providers;
    if (!pattern.hidden && !HasErrors(pattern.problems) &&
        std::find(providers.begin(), providers.end(), provider) != providers.end()) {
      return pattern.name;
    }
  }
  return MakeError(ErrorKind::kNotFound, "no pattern for this machine",
                   "a first app needs a pattern with the provider \"" + provider + "\"",
                   "see those that are there: tfgrid-compose patterns");
}

}  // namespace

Result<int> RunInit(Invocation& invocation) {
  const std::string given =
      invocation.arguments.First().empty() ? "." : invocation.arguments.First();
  std::string directory =
      (std::filesystem::path(invocation.services.working_directory()) / given).lexically_normal();
  while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
  const std::string name = StarterName(directory);
  ASSIGN_OR_RETURN(const std::string pattern, FirstPattern(invocation.services));
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
