#include "engine/server/progress_book.h"

#include <algorithm>

namespace gitops {

void ProgressBook::OnProgress(const Progress& progress) {
  const std::lock_guard lock(mutex_);
  lines_.push_back({++newest_, progress});
  if (lines_.size() > kMost) lines_.pop_front();
}

std::uint64_t ProgressBook::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

std::vector<ProgressBook::Line> ProgressBook::After(std::uint64_t number) const {
  const std::lock_guard lock(mutex_);
  const auto first =
      std::upper_bound(lines_.begin(), lines_.end(), number,
                       [](std::uint64_t left, const Line& right) { return left < right.number; });
  return {first, lines_.end()};
}

}  // namespace gitops
