// Notifier: turns events into entries of the outbox, and the outbox into messages. Everything it
// needs to know is durable: called again after a crash it goes on where it was, and tells at least
// once what was not told. Used by one thread at a time; NotifyWorker is that thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/base/random.h"
#include "engine/model/config.h"
#include "engine/reconcile/notify_decision.h"
#include "engine/reconcile/outbox_sender.h"
#include "engine/store/outbox_store.h"
#include "engine/store/store.h"

namespace gitops {

/// All of it outlives the notifier.
struct NotifierParts {
  std::function<std::shared_ptr<const Config>()> config;  ///< The one in force.
  Store& store;
  OutboxStore& outbox;
  OutboxSender& sender;
  const Clock& clock;
  Random& random;
  /// Hears of every attempt: "notification" or "commit-status", and "delivered", "postponed" or
  /// "given-up". May be empty.
  std::function<void(std::string_view what, std::string_view outcome)> on_attempt;
};

class Notifier {
 public:
  explicit Notifier(NotifierParts parts) : parts_(std::move(parts)) {}

  /// Reads the events that are new, and the runs that are under way. Errors: those of the store.
  Status Collect();

  /// Sends what is due, until nothing is or a stop is requested. Errors: those of the store; what a
  /// receiver does is none.
  Status Deliver(std::stop_token stop);

  /// How long nothing will be due; at most a minute. Errors: those of the store.
  Result<std::chrono::milliseconds> Idle();

 private:
  Status CollectEvent(const Config& config, const Event& event);
  Status CollectPending(const Config& config);
  Status AddStatus(const Config& config, const Occurrence& occurrence, OutboxChange& change);
  Status Attempt(const OutboxEntry& entry, const Config& config, std::stop_token stop);
  void Tell(const OutboxEntry& entry, std::string_view outcome) const;

  NotifierParts parts_;
};

/// How long to wait after that many failed attempts: 5 s, doubled each time, at most 15 minutes,
/// and up to a fifth more by chance (`chance` in [0, 1)).
std::chrono::milliseconds NotifyDelay(int attempts, double chance);

}  // namespace gitops
