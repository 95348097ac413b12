// Events as text for people. Functions without state.
#pragma once

#include <string>
#include <vector>

#include "differ/render.h"
#include "engine/model/delivery_documents.h"
#include "engine/model/event.h"

namespace gitops {

/// Under each event of a delivery: the look that it caused, and the runs that came of that.
std::string EventsText(const std::vector<Event>& events, const DeliveriesOfEvents& deliveries,
                       const RenderOptions& options);

}  // namespace gitops
