// Notification: one thing to tell somebody outside: a person's chat, a pager, a forge. Pure values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/model/app_id.h"
#include "engine/model/recorded_state.h"
#include "engine/model/revision.h"

namespace gitops {

/// The names are stored, and words of the configuration.
enum class NotificationKind {
  kDeployed,         ///< A run succeeded.
  kFailed,           ///< A run failed.
  kRolledBack,       ///< The app was brought back to its last healthy snapshot.
  kRecovered,        ///< A run succeeded after something of the above went wrong.
  kSourceFailed,     ///< A source cannot be read.
  kSourceRecovered,  ///< It can be read again.
  // States of a commit, for forges; no words of the configuration.
  kStatusPending,
  kStatusSuccess,
  kStatusFailure,
};

/// "deployed", "failed", "rolled-back", "recovered", "source-failed", "source-recovered",
/// "status-pending", "status-success", "status-failure".
std::string_view ToString(NotificationKind kind);
std::optional<NotificationKind> ParseNotificationKind(std::string_view text);

struct Notification {
  NotificationKind kind = NotificationKind::kDeployed;
  std::string source;
  std::optional<AppId> app;  ///< None: it is about the source.
  Revision revision;         ///< Commit zero: not about one.
  RunId run = 0;
  std::string message;  ///< One line, redacted.
  WallTime time{};      ///< When it happened.

  bool operator==(const Notification&) const = default;

  /// What it is about: "app:production/web", "source:apps". Stable, at most 255 characters: the key
  /// by which receivers join a problem and its end.
  std::string Topic() const;
};

/// One notification on its way to one target.
struct OutboxEntry {
  std::int64_t id = 0;  ///< Set by the store; grows.
  std::string target;   ///< Of the configuration, or "commit-status/<source>".
  std::string topic;    ///< Entries of one target and topic are delivered in order.
  Notification notification;
  int attempts = 0;
  WallTime next{};    ///< Not before.
  std::string error;  ///< Of the last attempt; redacted.

  bool operator==(const OutboxEntry&) const = default;
};

/// What was last told about a topic, so that nothing is told twice.
struct Told {
  std::string topic;
  NotificationKind kind = NotificationKind::kDeployed;
  ObjectId commit;
  WallTime time{};

  bool operator==(const Told&) const = default;
};

}  // namespace gitops
