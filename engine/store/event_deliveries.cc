#include "engine/store/event_deliveries.h"

#include <limits>
#include <utility>

namespace gitops {

Result<DeliveriesOfEvents> FindDeliveries(DeliveryStore& store, const std::vector<Event>& events) {
  DeliveryFilter filter;
  filter.limit = std::numeric_limits<int>::max();  // No more than there are events.
  for (const Event& event : events) {
    if (!event.type.starts_with("webhook.")) continue;
    if (filter.first_event == 0) filter.first_event = event.id;
    filter.last_event = event.id;
  }
  DeliveriesOfEvents found;
  if (filter.last_event == 0) return found;
  ASSIGN_OR_RETURN(auto deliveries, store.ListDeliveries(filter));
  for (Delivery& delivery : deliveries) found.emplace(delivery.event, std::move(delivery));
  return found;
}

}  // namespace gitops
