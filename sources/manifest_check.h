// Checks of a manifest against the files of its app, and the reader that refuses manifests that are
// no plain files. Everything goes through FileTree, links are never followed. Pure; thread-safe
// when the tree is.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/model/file_tree.h"
#include "engine/model/manifest.h"
#include "sources/manifest_parser.h"

namespace gitops {

/// Largest hook, in bytes.
inline constexpr std::size_t kLargestHook = 1024 * 1024;

/// Problems of the files that a manifest names: hooks, scripts of health checks and the env file
/// that are missing, no plain files, too large, Git LFS pointers, or that no system would run (CR
/// LF line ends, no #! line). Default hooks that do not exist are no problem. `app` is the app's
/// directory, `manifest_file` names the manifest in the diagnostics. A tree that cannot be read is
/// an error of its own.
Diagnostics CheckAppFiles(const Manifest& manifest, const FileTree& app,
                          std::string_view manifest_file);

/// Reads and parses the manifest `name` (of kind `kind`) of the app whose directory is `app`;
/// `directory` is its path in the source, for messages. Does not look at other files (see
/// CheckAppFiles), but warns when a second manifest stands beside it. Errors: kInvalid (symbolic
/// link, submodule, directory, Git LFS pointer, larger than kLargestManifest, or what ParseManifest
/// refuses), kNotFound, kCorruption.
Result<ParsedManifest> ReadManifest(const FileTree& app, std::string_view directory,
                                    std::string_view name, EntryKind kind,
                                    const ManifestContext& context = {});

/// True for the text that Git LFS leaves in place of a file.
bool IsLfsPointer(std::string_view bytes);

}  // namespace gitops
