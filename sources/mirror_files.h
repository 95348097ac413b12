// MirrorFiles: what is done to a bare mirror as files, around libgit2: measuring it, and removing
// what a killed process left behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace gitops {

/// Bytes of all packs of an objects directory.
std::int64_t BytesOfPacks(const std::string& objects_directory);

/// Paths of the .idx files of an objects directory whose .pack is there, sorted.
std::vector<std::string> ListPackIndexes(const std::string& objects_directory);

/// About how many loose objects there are, from one of the 256 directories.
std::size_t EstimateLooseObjects(const std::string& objects_directory);

/// Removes lock files, unfinished packs and downloads that nobody took over. The caller holds every
/// lock of the mirror, so nobody is working on them.
void RemoveFetchLeftovers(const std::string& mirror);

}  // namespace gitops
