// ApiOperations: requests that take a while: written down before they are answered, handed to the
// daemon, followed to their end, shown; and those that an earlier process accepted and did not
// finish, taken up again where that is safe. Blocks for the disk; thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/base/counter_names.h"
#include "engine/server/api_access.h"
#include "engine/server/api_document.h"
#include "engine/server/api_parts.h"
#include "engine/server/api_wish.h"
#include "engine/server/api_workers.h"
#include "engine/server/http_message.h"

namespace gitops {

class ApiOperations : public std::enable_shared_from_this<ApiOperations> {
 public:
  /// Made as a shared one: what follows a request may come after the API has gone.
  ApiOperations(ApiParts& parts, std::shared_ptr<ApiWorkers> workers)
      : parts_(parts), workers_(std::move(workers)) {}

  /// Takes care of what was left. Called once, before the first request. Errors: of the store.
  Status TakeUp();

  /// Accepts a request, or joins it to one under way that asks for the same. REQUIRES:
  /// IsOperation(wish.target).
  HttpResponse Ask(const HttpHead& head, const ApiWish& wish);

  /// Whether the operation is remembered and for the caller.
  bool Shows(std::int64_t id, const ApiCaller& caller);
  /// It is over, or there is something new to tell of its progress behind the line `after`.
  bool HasNews(std::int64_t id, std::optional<std::uint64_t> after);
  /// REQUIRES: Shows.
  HttpResponse Show(const HttpHead& head, std::int64_t id, std::optional<std::uint64_t> after);

  /// The id of the HTTP request that a run under way came of, as far as can be told: the newest
  /// operation that was accepted before it, is not over, and asks for such a run of its app. "":
  /// none.
  std::string RequestOf(RunId run);

  /// Called, from any thread, whenever an operation is over. Set before the first request.
  void SetEnded(std::function<void()> ended) { ended_ = std::move(ended); }

 private:
  /// What is remembered of an operation that was handed to the daemon.
  struct Asked {
    TicketId ticket = 0;  ///< 0: the daemon is just being asked.
    ApiTarget target = ApiTarget::kReconcile;
    std::string request_id;
    bool dry_run = false;
    WallTime asked{};
    AppId app;                ///< Of requests for one app: who may see them.
    ReconcileRequest scope;   ///< Whose progress belongs to it.
    std::uint64_t begin = 0;  ///< The newest line of progress before it.
    CounterValues before{};
    std::optional<CounterValues> stats;  ///< When it is over.
  };

  /// How an operation looks before the daemon has it.
  static Ticket WaitingTicket(const Operation& operation);
  /// The operation under way that asks for the same.
  std::optional<Operation> Alike(const ApiWish& wish);
  Status HandOver(const Operation& operation, const ApiWish& wish);
  Result<TicketId> AskDaemon(const ApiWish& wish);
  void Remember(std::int64_t id, const Asked& asked);
  static bool LeadsTo(const Asked& asked, const Run& run, const std::string& source);
  void FollowUp(const Operation& operation, TicketId ticket);
  Result<std::string> WhyNotAgain(const Operation& operation, const ApiWish& wish);
  void TakeUpOne(const Operation& operation);
  void EndAs(const Operation& operation, TicketState state, const Error& error);
  /// The daemon's ticket as the operation's; nullopt when it is not (or no longer) there.
  std::optional<Ticket> TicketOf(std::int64_t id);
  OperationNews NewsOf(std::int64_t id, std::optional<std::uint64_t> after);
  std::string DocumentOf(const Operation& operation);
  void Ended(std::int64_t id);
  void NoteEnd(const Ticket& ticket, const AuditNote& note);
  void KeepEnd(const Ticket& ticket, const OperationNews& news);

  ApiParts& parts_;
  const std::shared_ptr<ApiWorkers> workers_;
  std::mutex asking_;                          ///< One is accepted at a time; guards alike_.
  std::map<std::string, std::int64_t> alike_;  ///< By what was asked, while it is not over.
  std::mutex mutex_;                           ///< Guards what follows.
  std::map<std::int64_t, Asked> asked_;        ///< The newest.
  std::function<void()> ended_;
};

}  // namespace gitops
