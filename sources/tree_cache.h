// TreeCache: the parsed trees of a repository that were read last, so that what a comparison read
// is there for those who look at the same trees next. Bounded; the oldest go first. Thread-safe.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "engine/model/object_id.h"
#include "sources/tree_object.h"

namespace gitops {

class TreeCache {
 public:
  /// Null when it is not there.
  std::shared_ptr<const TreeEntries> Find(const ObjectId& id) const;
  /// A tree that would push out too many others is not kept.
  void Insert(const ObjectId& id, std::shared_ptr<const TreeEntries> entries);

 private:
  mutable std::mutex mutex_;
  std::unordered_map<ObjectId, std::shared_ptr<const TreeEntries>> trees_;
  std::deque<ObjectId> order_;
  std::size_t cost_ = 0;
};

}  // namespace gitops
