// FileLayout: which file of an app's tree goes where on its host. The deployment directory gets
// `deployment/*`; the source directory gets everything else but the manifest, with `src/*` also
// laid flat at its top, as the bash tool did. Pure: reads through FileTree.
#pragma once

#include <map>
#include <string>

#include "engine/base/result.h"
#include "engine/drivers/local_options.h"
#include "engine/model/file_tree.h"

namespace gitops {

struct PlacedFile {
  std::string from;  ///< In the tree.
  EntryKind kind = EntryKind::kFile;
  ObjectId id;              ///< Of the bytes to find in place; for links the id of `link_target`.
  std::string link_target;  ///< Links only.
  bool is_private = false;  ///< Mode 0600: the env file.
};

struct FileLayout {
  std::map<std::string, PlacedFile> source;      ///< By path in the source directory.
  std::map<std::string, PlacedFile> deployment;  ///< By path in the deployment directory.
  std::vector<std::string> notes;                ///< What was left out, for the log.
};

struct LayoutRequest {
  const FileTree& tree;
  std::string manifest;  ///< Name of the manifest's file.
  std::string env_file;  ///< Also placed as `.env`; "" for none.
  FileLimits limits{};
  bool verbatim = false;  ///< Every file at its own place in `source`: for patterns.
};

/// Lays out a tree. Where `src/x` and `x` both exist, `x` wins. Symbolic links have to stay inside
/// the tree; they are re-aimed where their surroundings move. Submodules are left out. Errors:
/// kInvalid (a name or a link that leads outside, over a limit), and what reading gives.
Result<FileLayout> LayOutFiles(const LayoutRequest& request);

}  // namespace gitops
