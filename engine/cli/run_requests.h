// RunRequests: for the log, which HTTP request a run came of: the webhook's whose delivery led to
// the look that found its app changed. Asks the store once for each run. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "engine/store/delivery_store.h"

namespace gitops {

class RunRequests {
 public:
  explicit RunRequests(DeliveryStore& deliveries) : deliveries_(deliveries) {}

  /// The request's id; "" when there is none, or the store does not say.
  std::string Of(RunId run);

 private:
  DeliveryStore& deliveries_;
  std::mutex mutex_;
  std::map<RunId, std::string> known_;  ///< Of the newest runs.
};

}  // namespace gitops
