// One file of an app, looked up without following links, with the reason when it cannot be used.
// Private to the checks of manifests. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/model/file_tree.h"

namespace gitops {

struct AppFile {
  std::optional<std::string> bytes;  ///< Nothing when there is a problem.
  bool missing = false;              ///< There is nothing at the path: SuggestFile() may help.
  std::string summary;               ///< Fixed text: "file missing", "symbolic link", …
  std::string problem;               ///< In words that follow "hooks.setup: ".
  std::string hint;
};

/// Reads the plain file at `path` of `app`. The target of a link is never read, nor shown.
AppFile ReadAppFile(const FileTree& app, std::string_view path, std::size_t limit);

/// "did you mean …?" for a path at which there is nothing; "" when nothing there is called alike.
std::string SuggestFile(const FileTree& app, std::string_view path);

}  // namespace gitops
