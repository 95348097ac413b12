// The manifest parser: text → Manifest. Both pattern spellings, every documented form and all units
// become one model; everything that is wrong is reported in one go. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/manifest.h"

namespace gitops {

/// What is known around a manifest; everything may be empty, which switches its check off.
struct ManifestContext {
  std::vector<std::string> patterns;           ///< Names of all patterns that can be found.
  std::vector<std::string> built_in_commands;  ///< Commands of the engine: a collision is a note.
};

/// Largest manifest, in bytes.
inline constexpr std::size_t kLargestManifest = 1024 * 1024;
/// Most values (scalars, lists, maps, keys) in one manifest; real ones have some hundreds.
inline constexpr std::size_t kMostManifestValues = 50'000;

/// Parses, checks and normalises. `file` names the text in diagnostics. Errors: kInvalid with every
/// problem found, in the order of the file, warnings among them.
///
/// `values` of the result hold, by path, everything a pattern may read:
/// - the paths of the file ("resources.vm.memory", "nodes.backend", "variables.domain"), memory in
///   MB, disk in GB, `config.disk` converted to GB, networks as lists of strings;
/// - for every other spelling also the path patterns are written for: `config.cpu` and flat
///   `resources.cpu` → "resources.cpu.recommended", `resources.control`, `nodes.control` →
///   "resources.master", `cluster.worker_nodes` → "nodes.workers.count", `gateway.type` →
///   "gateway.mode", and so on. When both are written, the path itself wins.
Result<ParsedManifest> ParseManifest(std::string_view text, std::string_view file,
                                     const ManifestContext& context = {});

}  // namespace gitops
