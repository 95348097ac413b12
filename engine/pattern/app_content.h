// AppContent: what an app's directory holds, as the inputs of its steps: which hooks there are, and
// one digested input for every file or directory that is copied to a host. Pure; reads the app's
// root and its `deployment/` once, more only for hooks or globs that lie deeper.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/file_tree.h"
#include "engine/model/manifest.h"
#include "engine/model/step.h"

namespace gitops {

/// A script, or the playbook, that is there.
struct HookScript {
  std::string path;  ///< From the app's directory.
  TreeEntry entry;
};

struct AppContent {
  std::string manifest;  ///< Name of the manifest's file; "" when the tree has none.
  std::optional<HookScript> setup;
  std::optional<HookScript> configure;
  std::optional<HookScript> healthcheck;
  std::optional<HookScript> teardown;
  std::optional<HookScript> playbook;  ///< Replaces setup, configure and healthcheck.
  std::vector<std::string> hooks;      ///< Paths that are in no `files`: the scripts above, sorted.
  std::vector<Input> files;            ///< "files.…" and "deployment.…", sorted by name.
  /// With hooks.<name>.inputs: what takes the place of `files` for that hook.
  std::optional<std::vector<Input>> setup_files;
  std::optional<std::vector<Input>> configure_files;
};

/// Reads the content. Problems that people have to solve (a declared script that is not there or no
/// regular file, an unusable glob) are appended to `problems`, also warnings. Errors: what reading
/// the tree gives.
Result<AppContent> ReadAppContent(const Manifest& manifest, const FileTree& files,
                                  Diagnostics& problems);

/// The input that stands for `entry`: "<name>", equal only for the same content and kind.
Input EntryInput(std::string name, const TreeEntry& entry);

/// A path for input names and views: bytes that are not printable ASCII or UTF-8 become "\xnn", so
/// that different paths stay different in JSON.
std::string PathText(std::string_view path);

}  // namespace gitops
