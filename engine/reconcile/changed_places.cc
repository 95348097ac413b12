#include "engine/reconcile/changed_places.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace gitops {

ChangedPlaces PlacesOf(TreeComparison comparison) {
  ChangedPlaces places;
  places.touched = std::move(comparison.added);
  std::move(comparison.changed.begin(), comparison.changed.end(),
            std::back_inserter(places.touched));
  std::sort(places.touched.begin(), places.touched.end(),
            [](const AppDirectory& a, const AppDirectory& b) { return a.path < b.path; });
  for (AppDirectory& place : comparison.removed) places.removed.insert(std::move(place.path));
  return places;
}

ChangedPlaces ComparePlaces(std::vector<AppDirectory> found, const std::vector<AppPlace>& known) {
  ChangedPlaces places;
  if (known.empty()) {
    places.touched = std::move(found);
    return places;
  }
  auto row = known.begin();
  const auto skip_removed_until = [&](const std::string* directory) {
    for (; row != known.end() && (directory == nullptr || row->directory < *directory); ++row) {
      if (row->presence != Presence::kOrphaned) places.removed.insert(row->directory);
    }
  };
  for (AppDirectory& place : found) {
    skip_removed_until(&place.path);
    const bool same = row != known.end() && row->directory == place.path &&
                      row->tree == place.tree && row->presence == Presence::kPresent;
    while (row != known.end() && row->directory == place.path) ++row;
    if (!same) places.touched.push_back(std::move(place));
  }
  skip_removed_until(nullptr);
  return places;
}

}  // namespace gitops
