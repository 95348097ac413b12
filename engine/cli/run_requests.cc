#include "engine/cli/run_requests.h"

#include <cstddef>

namespace gitops {
namespace {

constexpr std::size_t kRemembered = 1000;

}  // namespace

std::string RunRequests::Of(RunId run) {
  if (run == 0) return "";
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(run); found != known_.end()) return found->second;
  }
  const auto cause = deliveries_.FindCause(run);
  if (!cause) return "";
  std::string request = *cause ? (*cause)->request_id : std::string();
  if (request.empty() && asked_) request = asked_(run);
  const std::lock_guard lock(mutex_);
  known_[run] = request;
  if (known_.size() > kRemembered) known_.erase(known_.begin());
  return request;
}

}  // namespace gitops
