// Delivery: one webhook request that was believed, and the requests for looks at sources that
// deliveries, polls and people raise. Pure values; engine/store/delivery_store.h keeps them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/model/app_id.h"
#include "engine/model/run.h"

namespace gitops {

/// What a delivery led to. The names are stored and shown.
enum class DeliveryOutcome {
  kAccepted,  ///< A look at its source was asked for.
  kIgnored,   ///< Authentic, but it concerns nothing that is watched.
  kRefused,   ///< Authentic, but malformed.
};

/// "accepted", "ignored", "refused".
std::string_view ToString(DeliveryOutcome outcome);
std::optional<DeliveryOutcome> DeliveryOutcomeFrom(std::string_view name);

/// A run that a look led to, in brief.
struct CausedRun {
  RunId id = 0;
  RunTrigger trigger = RunTrigger::kSync;
  RunStatus status = RunStatus::kRunning;

  bool operator==(const CausedRun&) const = default;
};

/// An app that a look found changed, and what was done about it.
struct CausedWork {
  AppId app;
  /// The runs, oldest first and at most five, that began with what the look had found and before
  /// anything newer was found. None: it waits, or nothing had to be done.
  std::vector<CausedRun> runs;

  bool operator==(const CausedWork&) const = default;
};

/// A look at a source that was recorded, and which requests it answered: all up to `number`.
struct AnsweringLook {
  std::uint64_t number = 0;
  WallTime time{};
  std::string result;            ///< For people: the revision that was found, or what failed.
  std::size_t changed = 0;       ///< How many apps it found changed.
  std::vector<CausedWork> apps;  ///< Those of them that are kept, a hundred at most.

  bool operator==(const AnsweringLook&) const = default;
};

struct Delivery {
  std::int64_t id = 0;      ///< Set by the store; grows.
  std::string source;       ///< Name of the configured source whose route it came by.
  std::string provider;     ///< "github", … as configured.
  std::string delivery_id;  ///< The provider's own; "" when it sends none.
  std::string body_sha256;  ///< Lower-case hex.
  std::string request_id;   ///< Of the HTTP request, as in the log; "" when it is not known.
  WallTime received{};
  std::string kind;     ///< "push", "tag", "ping", …
  std::string summary;  ///< What it says, bounded and without control characters.
  DeliveryOutcome outcome = DeliveryOutcome::kIgnored;
  /// The source's request that it raised; 0: none. Set by the store.
  std::uint64_t asked = 0;
  int repeats = 0;         ///< How often it came again while its request was waiting.
  std::int64_t event = 0;  ///< The event that tells of it; 0: none. Set by the store.
  /// The look that answered its request; none: it waits, or it asked for nothing.
  std::optional<AnsweringLook> look;

  bool operator==(const Delivery&) const = default;
};

/// The requests for looks at one source, counted. Level-triggered: what counts is whether a look
/// that began after the newest request was recorded, not how many requests there were.
struct SourceRequest {
  std::string source;
  std::uint64_t asked = 0;                ///< Number of the newest request.
  std::uint64_t looked = 0;               ///< The newest request that a recorded look has answered.
  WallTime asked_at{};                    ///< Of the newest request.
  std::string asked_by;                   ///< Why: "github push", "poll", "ann".
  std::optional<WallTime> waiting_since;  ///< Of the oldest request without a look; none: no such.

  bool IsOwed() const { return asked > looked; }
  bool operator==(const SourceRequest&) const = default;
};

}  // namespace gitops
