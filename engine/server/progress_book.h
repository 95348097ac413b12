// ProgressBook: the newest things that were said of the progress of work, numbered, for those who
// wait for a request and want to see it go on. What is too old is forgotten. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "engine/reconcile/daemon_observer.h"

namespace gitops {

class ProgressBook : public DaemonObserver {
 public:
  static constexpr std::size_t kMost = 2'000;

  struct Line {
    std::uint64_t number = 0;  ///< From 1 on, without gaps.
    Progress progress;
  };

  void OnProgress(const Progress& progress) override;

  /// Of the newest line; 0 when there was none.
  std::uint64_t newest() const;
  /// What is still known of the lines behind `number`.
  std::vector<Line> After(std::uint64_t number) const;

 private:
  mutable std::mutex mutex_;  ///< Guards what follows.
  std::deque<Line> lines_;
  std::uint64_t newest_ = 0;
};

}  // namespace gitops
