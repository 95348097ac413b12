#include "engine/reconcile/daemon_control.h"

#include <algorithm>

namespace gitops {

std::string_view ToString(TicketState state) {
  switch (state) {
    case TicketState::kWaiting:
      return "waiting";
    case TicketState::kWorking:
      return "working";
    case TicketState::kDone:
      return "done";
    case TicketState::kFailed:
      return "failed";
    case TicketState::kCancelled:
      return "cancelled";
    case TicketState::kInterrupted:
      return "interrupted";
  }
  return "failed";
}

bool DaemonState::IsReady() const {
  return !draining && !readiness.empty() &&
         std::all_of(readiness.begin(), readiness.end(),
                     [](const ReadinessCheck& check) { return check.good; });
}

}  // namespace gitops
