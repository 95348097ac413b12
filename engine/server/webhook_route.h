// WebhookRoute: POST /hooks/<provider>/<source>. Authenticates the exact bytes, reads them, records
// the delivery together with its source's request for a look in one durable transaction, wakes the
// source, and answers. Never waits for Git. Thread-safe.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/model/engine_observer.h"
#include "engine/server/delivery_committer.h"
#include "engine/server/event_budget.h"
#include "engine/server/failure_limiter.h"
#include "engine/server/http_route.h"
#include "engine/server/webhook_targets.h"
#include "engine/store/delivery_store.h"

namespace gitops {

/// What a route works with; all of it outlives the route.
struct WebhookParts {
  DeliveryStore& store;
  FailureLimiter& failures;
  EngineObserver& observer;
  const Clock& clock;
  Log& log;
  /// A source's request was raised and is durable. Called on the committer's thread; a hint.
  std::function<void(const std::string& source)> wake;
};

class WebhookRoute : public HttpRoute {
 public:
  /// As GitHub sends them at most; one byte more is answered with 413.
  static constexpr std::size_t kBodyLimit = 26'214'400;

  explicit WebhookRoute(WebhookParts parts, CommitterLimits limits = {});

  /// Replaces what is served, at the start and after each reload; warns of its problems.
  void SetTargets(WebhookTargets targets);

  HttpAdmission Admit(const HttpHead& head) override;
  void Answer(HttpRequest request, std::shared_ptr<HttpReply> reply) override;

 private:
  using Target = std::shared_ptr<const WebhookTarget>;

  /// One request on its way.
  struct Exchange {
    HttpRequest request;
    std::shared_ptr<HttpReply> reply;
    Target target;
  };

  Target Find(const HttpHead& head) const;
  /// Everything from the check of the bytes to the queue of the committer.
  void Process(const Exchange& exchange);
  void Refuse(const Exchange& exchange, WebhookAuthenticity why);
  void Submit(const Exchange& exchange, Delivery delivery, std::optional<Problem> problem,
              Severity severity);
  void AnswerBusy(const Exchange& exchange, const std::string& detail);
  void Finish(const Exchange& exchange, const Delivery& delivery,
              const std::optional<Problem>& problem, const Result<DeliveryReceipt>& receipt);
  std::optional<Event> EventOf(const Delivery& delivery, Severity severity);
  void Count(const WebhookTarget& target, std::string_view verdict);

  const WebhookParts parts_;
  EventBudget events_{20};
  EventBudget warnings_{1};
  mutable std::mutex mutex_;
  std::shared_ptr<const WebhookTargets> targets_;  ///< Guarded by mutex_.
  DeliveryCommitter committer_;                    ///< Last: its threads use everything above.
};

}  // namespace gitops
