// NarrowedInputs: the files that re-run a hook whose manifest entry lists `inputs` globs. Pure; the
// walk has a limit and enters only directories where something may match.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/file_tree.h"
#include "engine/model/manifest.h"
#include "engine/model/step.h"

namespace gitops {

/// The files, and whole directories, of `files` that match a glob of `hook`, as inputs
/// "files.<path>" sorted by name. Paths in `excluded` (the manifest, hook scripts) take no part,
/// unless a glob is exactly that path. Unusable globs are errors in `problems`; a glob without a
/// match is a warning there. Errors: what reading the tree gives.
Result<std::vector<Input>> NarrowedInputs(const FileTree& files, const ManifestHook& hook,
                                          const std::vector<std::string>& excluded,
                                          Diagnostics& problems);

}  // namespace gitops
