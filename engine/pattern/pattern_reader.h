// The two generations of pattern.yaml, read into one Pattern. Each reader reports all problems and
// fills what it can; LoadPattern (pattern.h) chooses between them. Pure.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/diagnostic.h"
#include "engine/base/result.h"
#include "engine/model/file_tree.h"
#include "engine/pattern/pattern.h"
#include "engine/yaml/node.h"

namespace gitops {

struct PatternSource {
  const YamlNode& root;   ///< Of pattern.yaml.
  const FileTree& files;  ///< The pattern's directory.
  std::string_view file;  ///< Names pattern.yaml in diagnostics.
};

/// Reads the present generation (with apiVersion). Problems go to `problems`. Errors: what reading
/// the tree gives.
Result<Pattern> ReadPattern(const PatternSource& source, Diagnostics& problems);

/// Reads the old generation: infrastructure/*.tf for the grid, platform/site.yml, `defaults` per
/// role. Keys it does not know are notes. Errors: what reading the tree gives.
Result<Pattern> ReadOldPattern(const PatternSource& source, Diagnostics& problems);

/// Fills step.tree from step.directory. A directory that is not there is a problem of the key
/// `subject` at `place`.
Status ResolveDirectory(const FileTree& files, const std::string& subject, const Location& place,
                        PatternStep& step, Diagnostics& problems);

/// True when `path` is a directory of `files`.
Result<bool> IsDirectory(const FileTree& files, std::string_view path);

}  // namespace gitops
