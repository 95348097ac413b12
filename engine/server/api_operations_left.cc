// The part of ApiOperations that takes care of what an earlier process left.
#include <chrono>
#include <variant>

#include "engine/server/api_operations.h"
#include "engine/server/api_problem.h"

namespace gitops {
namespace {

/// What was asked for longer ago is not what somebody waits for: a backup may be older still.
constexpr std::chrono::hours kLongestPause{24};

Error Interrupted(const Operation& operation, const std::string& why) {
  return MakeError(ErrorKind::kUnknownOutcome, "the daemon ended before the request was over", why,
                   operation.app.name.empty()
                       ? "see where things are: tfgrid-compose status; then ask anew"
                       : "see what was done: tfgrid-compose history " + operation.app.ToString() +
                             "; then ask anew if it is still needed");
}

}  // namespace

Status ApiOperations::TakeUp() {
  ASSIGN_OR_RETURN(const auto unfinished, parts_.operations.Unfinished());
  const std::lock_guard asking(asking_);
  for (const Operation& operation : unfinished) TakeUpOne(operation);
  return {};
}

void ApiOperations::TakeUpOne(const Operation& operation) {
  const std::string number = std::to_string(operation.id);
  const auto note = [&](const std::string& what, const std::string& why) {
    parts_.log.Info(what,
                    {{"request", operation.note.request_id}, {"operation", number}, {"why", why}});
  };
  const ApiEndpoint* endpoint = EndpointOfAction(operation.note.action);
  ApiMatch match;
  match.endpoint = endpoint;
  match.app = operation.app;
  const auto read = endpoint == nullptr ? std::variant<ApiWish, Problem>(Problem())
                                        : ReadWish(operation.body, match, operation.by);
  Result<std::string> why_not = std::string("this version does not know the request");
  if (const auto* wish = std::get_if<ApiWish>(&read)) {
    why_not = WhyNotAgain(operation, *wish);
    if (why_not && why_not->empty()) {
      const Status handed = HandOver(operation, *wish);
      if (handed) return note("an accepted request is taken up again", "the daemon had ended");
      EndAs(operation, TicketState::kFailed, handed.error());
      return note("an accepted request could not be taken up again", handed.error().ToString());
    }
  }
  const Error error = why_not ? Interrupted(operation, *why_not) : why_not.error();
  EndAs(operation, TicketState::kInterrupted, error);
  note("an accepted request was interrupted", error.ToString());
}

/// "": it is safe to carry it out (again) although nobody knows how far it had come.
Result<std::string> ApiOperations::WhyNotAgain(const Operation& operation, const ApiWish& wish) {
  if (parts_.clock.Now() - operation.asked > kLongestPause) {
    return std::string("it was asked for more than a day ago");
  }
  if (wish.reconcile.dry_run) return std::string("a dry run is only of use at its time");
  if (wish.target == ApiTarget::kUp) {
    return std::string("its directory may have changed since it was asked for");
  }
  // Bringing in step what is not is the same as often as it is done.
  if (!wish.IsForApp()) return std::string();
  ASSIGN_OR_RETURN(const auto record, parts_.store.LoadApp(operation.app));
  if (!record) return std::string("the app is no longer there");
  const bool changed = record->recorded_serial != operation.serial;
  if (changed && operation.exact) {
    return std::string("the app has changed since, and If-Match asked for it as it was");
  }
  if (wish.target == ApiTarget::kReconcileApp) return std::string();
  if (record->last_run != operation.last_run) {
    return "run " + std::to_string(record->last_run) +
           " of the app has begun since, perhaps for this request";
  }
  if (changed && wish.target == ApiTarget::kRollback && !wish.rollback.to) {
    return std::string("the app has changed since, and no snapshot was named");
  }
  return std::string();
}

void ApiOperations::EndAs(const Operation& operation, TicketState state, const Error& error) {
  Ticket ticket = WaitingTicket(operation);
  ticket.state = state;
  ticket.ended = parts_.clock.Now();
  ticket.error = error;
  KeepEnd(ticket, {});
  AuditNote note = operation.note;
  note.result = "failed";
  note.detail = "operation " + std::to_string(operation.id) + ": " + error.primary().summary +
                ": " + error.primary().detail;
  if (const auto noted = parts_.audit.Append(note); !noted) {
    parts_.log.Warning("the audit could not be written", {{"error", noted.error().ToString()}});
  }
}

}  // namespace gitops
