// EventDeliveries: the deliveries that events tell of, found for events that were listed already.
#pragma once

#include <vector>

#include "engine/base/result.h"
#include "engine/model/delivery_documents.h"
#include "engine/model/event.h"
#include "engine/store/delivery_store.h"

namespace gitops {

/// The store is not asked when none of the events is of a delivery. REQUIRES: sorted by id. Errors:
/// those of the store.
Result<DeliveriesOfEvents> FindDeliveries(DeliveryStore& store, const std::vector<Event>& events);

}  // namespace gitops
