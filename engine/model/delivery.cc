#include "engine/model/delivery.h"

#include "engine/base/check.h"

namespace gitops {

std::string_view ToString(DeliveryOutcome outcome) {
  switch (outcome) {
    case DeliveryOutcome::kAccepted:
      return "accepted";
    case DeliveryOutcome::kIgnored:
      return "ignored";
    case DeliveryOutcome::kRefused:
      return "refused";
  }
  CHECK(false);
}

std::optional<DeliveryOutcome> DeliveryOutcomeFrom(std::string_view name) {
  for (const auto outcome :
       {DeliveryOutcome::kAccepted, DeliveryOutcome::kIgnored, DeliveryOutcome::kRefused}) {
    if (ToString(outcome) == name) return outcome;
  }
  return std::nullopt;
}

}  // namespace gitops
