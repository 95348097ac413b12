// Notifications as their receivers want them. Pure: no secret gets in but the ones handed over.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/secret.h"
#include "engine/model/notification.h"
#include "engine/model/reporting.h"
#include "engine/os/web_client.h"

namespace gitops {

/// "production/web failed": for subjects and first lines.
std::string Headline(const Notification& notification);

/// {"apiVersion", "id", "kind", "time", "app", "environment", "source", "revision", "run",
/// "message", "topic"}, unknown members null; `id` is the same for every attempt.
std::string WebhookBody(const OutboxEntry& entry);
/// "sha256=<hex>" of HMAC-SHA-256 over "<timestamp>.<body>": the value of X-Signature-256, next to
/// X-Timestamp (seconds since 1970). The time makes replays of old bodies visible.
std::string WebhookSignature(const Secret& key, std::string_view timestamp, std::string_view body);

/// An incoming webhook's message (https://api.slack.com/messaging/webhooks); also understood by
/// Mattermost and Rocket.Chat.
std::string SlackBody(const Notification& notification);

/// Events API v2 (https://developer.pagerduty.com/docs/events-api-v2/trigger-events/): troubles
/// trigger, what is good resolves; the topic is the dedup_key.
std::string PagerDutyBody(const Notification& notification, const Secret& routing_key);

/// RFC 5322, with a Message-ID that is the same for every attempt.
Mail MailOf(const OutboxEntry& entry, const NotificationTarget& target, WallTime now);

}  // namespace gitops
