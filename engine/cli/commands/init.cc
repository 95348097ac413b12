// init: the files of a first app.
#include <filesystem>

#include "engine/base/redactor.h"
#include "engine/cli/commands/command.h"
#include "engine/cli/starter.h"

namespace gitops {

Result<int> RunInit(Invocation& invocation) {
  const std::string given =
      invocation.arguments.First().empty() ? "." : invocation.arguments.First();
  std::string directory =
      (std::filesystem::path(invocation.services.working_directory()) / given).lexically_normal();
  while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
  const std::string name = StarterName(directory);
  const std::vector<StarterFile> files = StarterFiles(name);
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
