// Delivery documents: webhook deliveries and what they caused as trees for JSON and YAML, in the
// shape that docs/cli.md and docs/api.md promise. Functions without state.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "engine/model/delivery.h"
#include "engine/model/document_writer.h"
#include "engine/model/event.h"

namespace gitops {

/// Deliveries by the event that tells of each.
using DeliveriesOfEvents = std::map<std::int64_t, Delivery>;

/// A value.
void WriteDelivery(DocumentWriter& writer, const Delivery& delivery);
/// A value: one event; its member "delivery" is null when `delivery` is.
void WriteEvent(DocumentWriter& writer, const Event& event, const Delivery* delivery);
/// The member "events".
void WriteEvents(DocumentWriter& writer, const std::vector<Event>& events,
                 const DeliveriesOfEvents& deliveries);

}  // namespace gitops
