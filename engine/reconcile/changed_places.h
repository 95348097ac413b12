// ChangedPlaces: which directories of a source a look has to read, and which have lost their
// manifest. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/store/store.h"
#include "sources/git_mirror.h"

namespace gitops {

struct ChangedPlaces {
  std::vector<AppDirectory> touched;  ///< New or changed; sorted by path.
  std::set<std::string> removed;
};

/// Of what differs between two trees of a source.
ChangedPlaces PlacesOf(TreeComparison comparison);

/// Of all that a tree holds, against what the store knows; both sorted by directory.
ChangedPlaces ComparePlaces(std::vector<AppDirectory> found, const std::vector<AppPlace>& known);

}  // namespace gitops
