// PackConsolidation: every fetch leaves one pack, and many packs slow every read down. Small packs
// and loose objects are merged into one; a pack that is larger than all the smaller ones together
// is left alone, so that each object is rewritten only a few times in its life. Nothing is dropped:
// whatever was in the mirror stays in it, reachable or not.
#pragma once

#include <cstddef>
#include <string>

#include "engine/base/result.h"
#include "sources/git_repository.h"

namespace gitops {

struct ConsolidationLimits {
  std::size_t packs = 50;
  std::size_t loose_objects = 6'700;
};

/// True when there are more packs or loose objects than the limits. Two directory listings.
bool NeedsConsolidation(const std::string& objects_directory, const ConsolidationLimits& limits);

/// Merges. The caller holds the mirror's fetch lock; readers and writers of loose objects may go
/// on. Old files are removed only after every object in them was found in the new pack. Errors:
/// kTransient (disk), kCorruption (an object is broken; nothing is removed).
Status Consolidate(GitRepository& mirror);

}  // namespace gitops
