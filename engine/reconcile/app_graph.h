// AppGraph: which apps wait for which, over all sources. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/app_id.h"

namespace gitops {

/// The ids that `depends_on` of an app in `environment` names: "name" is in the same environment,
/// "environment/name" anywhere. Malformed ones are left out (the manifest reader reported them).
std::vector<AppId> DependencyIds(const std::string& environment,
                                 const std::vector<std::string>& depends_on);

/// A cycle through `start` along `edges`, as "a -> b -> a"; nullopt when there is none.
std::optional<std::string> FindCycle(const AppId& start,
                                     const std::map<AppId, std::vector<AppId>>& edges);

/// Hands out items in the order of their dependencies. Items are indices; an item is ready when all
/// it waits for has finished.
class AppOrder {
 public:
  /// `waits_for[i]` lists the items that i waits for. Cycles are cut: an item in a cycle is handed
  /// out when nothing else is left, so that Take always ends.
  explicit AppOrder(std::vector<std::vector<std::size_t>> waits_for);

  /// The lowest ready item, or nullopt when none is ready now.
  std::optional<std::size_t> Take();
  void Finish(std::size_t item);
  bool Exhausted() const { return taken_ == waits_for_.size(); }

 private:
  std::vector<std::vector<std::size_t>> waits_for_;
  std::vector<std::vector<std::size_t>> waited_by_;
  std::vector<std::size_t> open_;  ///< Unfinished items that an item waits for.
  std::vector<bool> was_taken_;
  std::vector<std::size_t> ready_;  ///< A min-heap by index.
  std::size_t taken_ = 0;
  std::size_t running_ = 0;
};

}  // namespace gitops
