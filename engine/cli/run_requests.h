// RunRequests: for the log, which HTTP request a run came of: the webhook's whose delivery led to
// the look that found its app changed, or the API's (and so a command's) that asked for it. Finds
// out once for each run. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "engine/store/delivery_store.h"

namespace gitops {

class RunRequests {
 public:
  explicit RunRequests(DeliveryStore& deliveries) : deliveries_(deliveries) {}

  /// `asked` knows the API's requests, by the runs under way. Set before the first run.
  void SetAsked(std::function<std::string(RunId)> asked) { asked_ = std::move(asked); }

  /// The request's id; "" when there is none, or the store does not say.
  std::string Of(RunId run);

 private:
  DeliveryStore& deliveries_;
  std::function<std::string(RunId)> asked_;
  std::mutex mutex_;
  std::map<RunId, std::string> known_;  ///< Of the newest runs.
};

}  // namespace gitops
