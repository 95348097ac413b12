// Reporting: how the engine tells others what it does, as configured. Pure values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/model/notification.h"
#include "engine/model/source.h"

namespace gitops {

/// How the engine's own log is written.
struct LogSpec {
  /// "auto": text for a person at a terminal, JSON lines from a daemon without one.
  std::string format = "auto";
  std::string level;  ///< "": info from a daemon, warnings from a command.

  bool operator==(const LogSpec&) const = default;
};

/// A text of the configuration, or the place of a secret.
using TextOrSecret = std::variant<std::string, SecretRef>;

/// Where traces go.
struct OtlpSpec {
  std::string endpoint;  ///< "" for nowhere; "/v1/traces" is added.
  std::map<std::string, TextOrSecret> headers;

  bool operator==(const OtlpSpec&) const = default;
};

enum class NotificationType { kWebhook, kSlack, kPagerDuty, kEmail };

/// Somebody who is told.
struct NotificationTarget {
  std::string name;
  NotificationType type = NotificationType::kWebhook;
  TextOrSecret url;  ///< Webhook, Slack, PagerDuty (default its own); of a mail the server.
  /// Webhook: key of the signature. PagerDuty: routing key. Mail: password.
  std::optional<SecretRef> secret;
  std::string user;             ///< Mail.
  std::string from;             ///< Mail.
  std::vector<std::string> to;  ///< Mail.
  std::vector<NotificationKind> on;
  std::vector<std::string> environments;  ///< Globs; empty: all.
  std::vector<std::string> apps;          ///< Globs of "name" or "environment/name"; empty: all.

  bool operator==(const NotificationTarget&) const = default;
};

}  // namespace gitops
