#include "sources/tree_cache.h"

#include <utility>

namespace gitops {
namespace {

/// About 6 MiB; the directories of 10,000 apps that a walk found are still there when they are
/// read.
constexpr std::size_t kMostEntries = 64'000;

}  // namespace

std::shared_ptr<const TreeEntries> TreeCache::Find(const ObjectId& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = trees_.find(id);
  return found == trees_.end() ? nullptr : found->second;
}

void TreeCache::Insert(const ObjectId& id, std::shared_ptr<const TreeEntries> entries) {
  const std::size_t cost = entries->size() + 1;
  if (cost > kMostEntries / 4) return;
  const std::lock_guard lock(mutex_);
  if (!trees_.emplace(id, std::move(entries)).second) return;
  order_.push_back(id);
  cost_ += cost;
  while (cost_ > kMostEntries) {
    const auto oldest = trees_.find(order_.front());
    cost_ -= oldest->second->size() + 1;
    trees_.erase(oldest);
    order_.pop_front();
  }
}

}  // namespace gitops
