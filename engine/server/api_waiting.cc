#include "engine/server/api_waiting.h"

#include <chrono>
#include <iterator>
#include <utility>

namespace gitops {
namespace {

/// What nobody pokes for, progress and time, is seen after so long.
constexpr std::chrono::milliseconds kRound{200};

}  // namespace

ApiWaiting::ApiWaiting(const Clock& clock) : clock_(clock) {
  thread_.Start([this] { Work(); });
}

void ApiWaiting::Add(Wait wait) {
  {
    const std::lock_guard lock(mutex_);
    if (!ending_ && count_ < kMost) {
      ++count_;
      joining_.push_back(std::move(wait));
      changed_.notify_all();
      return;
    }
  }
  wait.answer();
}

void ApiWaiting::Poke() {
  const std::lock_guard lock(mutex_);
  poked_ = true;
  changed_.notify_all();
}

void ApiWaiting::Stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.Join();
}

void ApiWaiting::Work() {
  std::vector<Wait> waits;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      const auto something = [&] { return ending_ || poked_ || !joining_.empty(); };
      if (waits.empty()) {
        changed_.wait(lock, something);
      } else {
        changed_.wait_for(lock, kRound, something);
      }
      if (ending_) return;
      poked_ = false;
      std::move(joining_.begin(), joining_.end(), std::back_inserter(waits));
      joining_.clear();
    }
    const MonotonicTime now = clock_.MonotonicNow();
    std::erase_if(waits, [&](const Wait& wait) {
      if (now < wait.until && !wait.is_ready()) return false;
      wait.answer();
      return true;
    });
    const std::lock_guard lock(mutex_);
    count_ = waits.size() + joining_.size();
  }
}

}  // namespace gitops
