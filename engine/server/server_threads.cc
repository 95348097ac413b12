#include "engine/server/server_threads.h"

#include <algorithm>
#include <utility>

namespace gitops {

void ServerThreads::Start(std::function<void()> body) {
  threads_.emplace_back([body = std::move(body)]() noexcept { body(); });
}

void ServerThreads::Join() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

int ServerThreads::CountFor(int wanted) {
  if (wanted > 0) return std::min(wanted, 64);
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 4);
}

}  // namespace gitops
