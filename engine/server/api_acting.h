// ApiActing: the API's requests that change something. Each is noted in the audit before it is
// carried out and again with its outcome; one that cannot be noted is not carried out. Blocks for
// the disk; thread-safe.
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
#include "engine/server/api_endpoints.h"
#include "engine/server/api_parts.h"
#include "engine/server/api_wish.h"
#include "engine/server/api_workers.h"
#include "engine/server/http_message.h"

namespace gitops {

class ApiActing : public std::enable_shared_from_this<ApiActing> {
 public:
  /// Made as a shared one: what follows a request may come after the API has gone.
  ApiActing(ApiParts& parts, std::shared_ptr<ApiWorkers> workers)
      : parts_(parts), workers_(std::move(workers)) {}

  /// REQUIRES: an endpoint that the caller may use and that is in the audit.
  HttpResponse Act(const HttpRequest& request, const ApiMatch& match, const ApiCaller& caller);

  /// Whether the request with this number is remembered and for the caller.
  bool ShowsOperation(std::int64_t id, const ApiCaller& caller);
  /// It is over, or there is something new to tell of its progress behind the line `after`.
  bool HasNews(std::int64_t id, std::optional<std::uint64_t> after);
  /// The request with this number. REQUIRES: ShowsOperation.
  HttpResponse ShowOperation(const HttpHead& head, std::int64_t id,
                             std::optional<std::uint64_t> after);
  /// Called, from any thread, whenever a request is over. Set before the first request.
  void SetEnded(std::function<void()> ended) { ended_ = std::move(ended); }

  /// Notes a request that was refused before it got here; `who` is "" when nobody was recognised.
  void NoteRefusal(const HttpHead& head, const ApiMatch& match, const std::string& who, int status);

 private:
  /// What is remembered of a request that was handed to the daemon.
  struct Asked {
    AppId app;                ///< Of requests for one app: who may see them.
    ReconcileRequest scope;   ///< Whose progress belongs to it.
    std::uint64_t begin = 0;  ///< The newest line of progress before it.
    CounterValues before{};
    std::optional<CounterValues> stats;
  };

  /// What stands against it in the store: not there, changed since, suspended.
  Status CheckTarget(const HttpHead& head, const ApiWish& wish, const ApiCaller& caller,
                     std::optional<Problem>& problem);
  HttpResponse Noted(const HttpHead& head, ApiWish& wish, const ApiCaller& caller);
  HttpResponse CarryOut(const HttpHead& head, const ApiWish& wish);
  HttpResponse Ask(const HttpHead& head, const ApiWish& wish);
  Result<TicketId> AskDaemon(const ApiWish& wish);
  /// The request under way that asks for the same; else a new one.
  Result<TicketId> Join(const ApiWish& wish);
  void Remember(TicketId id, const ApiWish& wish, const Asked& moment);
  OperationNews NewsOf(TicketId id, std::optional<std::uint64_t> after);
  void FollowUp(TicketId id, const ApiWish& wish);
  void Ended(TicketId id);
  void NoteEnd(const Ticket& ticket, AuditNote note);
  Status Note(const AuditNote& note, const std::string& result, const std::string& detail);

  ApiParts& parts_;
  const std::shared_ptr<ApiWorkers> workers_;
  std::mutex mutex_;                       ///< Guards what follows.
  std::map<std::string, TicketId> asked_;  ///< By what was asked, while it is not over.
  std::map<TicketId, Asked> requests_;     ///< The newest.
  std::function<void()> ended_;
};

}  // namespace gitops
