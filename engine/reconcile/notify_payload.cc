#include "engine/reconcile/notify_payload.h"

#include <array>
#include <chrono>

#include "engine/base/check.h"
#include "engine/base/digest.h"
#include "engine/base/redactor.h"
#include "engine/base/timestamp.h"
#include "engine/model/json_writer.h"

namespace gitops {
namespace {

constexpr std::size_t kLongestMessage = 2000;

std::string SubjectOf(const Notification& notification) {
  return notification.app ? notification.app->ToString() : "source " + notification.source;
}

std::string_view Words(NotificationKind kind) {
  switch (kind) {
    case NotificationKind::kDeployed:
      return "is deployed";
    case NotificationKind::kFailed:
      return "failed";
    case NotificationKind::kRolledBack:
      return "was rolled back";
    case NotificationKind::kRecovered:
      return "works again";
    case NotificationKind::kSourceFailed:
      return "cannot be read";
    case NotificationKind::kSourceRecovered:
      return "can be read again";
    case NotificationKind::kStatusPending:
    case NotificationKind::kStatusSuccess:
    case NotificationKind::kStatusFailure:
      break;
  }
  CHECK(false);
}

bool IsGood(NotificationKind kind) {
  return kind == NotificationKind::kDeployed || kind == NotificationKind::kRecovered ||
         kind == NotificationKind::kSourceRecovered;
}

/// At most `longest` bytes, cut between characters of UTF-8.
std::string Shortened(std::string text, std::size_t longest) {
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

std::string Message(const Notification& notification) {
  return Shortened(notification.message, kLongestMessage);
}

/// Slack takes & < > as markup (https://api.slack.com/reference/surfaces/formatting#escaping).
std::string SlackText(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else {
      result += c;
    }
  }
  return result;
}

std::string RevisionText(const Notification& notification) {
  return notification.revision.commit.IsZero() ? "" : notification.revision.ToString();
}

/// "Sat, 21 Nov 2026 08:15:30 +0000" (RFC 5322 §3.3).
std::string MailDate(WallTime time) {
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::string stamp = FormatTimestamp(time);  // "2026-11-21T08:15:30.250Z"
  return std::string(kDays[std::chrono::weekday{day}.c_encoding()]) + ", " + stamp.substr(8, 2) +
         " " + kMonths[static_cast<unsigned>(date.month()) - 1] + " " + stamp.substr(0, 4) + " " +
         stamp.substr(11, 8) + " +0000";
}

/// Lines end with CR LF, and none is "." alone or longer than a server has to take (998 bytes).
std::string MailBody(const std::string& text) {
  std::string result;
  std::size_t column = 0;
  for (const char c : text) {
    const bool inside = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    if (c == '\n' || (column >= 900 && !inside)) {
      result += "\r\n";
      column = 0;
      if (c == '\n') continue;
    }
    result += c;
    ++column;
  }
  return result;
}

}  // namespace

std::string Headline(const Notification& notification) {
  return SubjectOf(notification) + " " + std::string(Words(notification.kind));
}

std::string WebhookBody(const OutboxEntry& entry) {
  const Notification& notification = entry.notification;
  std::string body;
  JsonWriter json(body, JsonLayout::kCompact);
  json.BeginObject();
  json.Member("apiVersion", "tfgrid-compose/v1");
  json.Member("id", std::to_string(entry.id));
  json.Member("kind", ToString(notification.kind));
  json.Member("topic", notification.Topic());
  json.Member("time", FormatTimestamp(notification.time));
  json.TextOrNull("environment", notification.app ? notification.app->environment : "");
  json.TextOrNull("app", notification.app ? notification.app->name : "");
  json.TextOrNull("source", notification.source);
  json.TextOrNull("revision", RevisionText(notification));
  json.NumberOrNull("run", notification.run);
  json.Member("headline", Headline(notification));
  json.Member("message", Message(notification));
  json.EndObject();
  return body;
}

std::string WebhookSignature(const Secret& key, std::string_view timestamp, std::string_view body) {
  const Sha256Bytes bytes =
      HmacSha256(key.Reveal(), std::string(timestamp) + "." + std::string(body));
  return "sha256=" + ToHex(bytes.data(), bytes.size());
}

std::string SlackBody(const Notification& notification) {
  const std::string_view sign = IsGood(notification.kind)                            ? "✅"
                                : notification.kind == NotificationKind::kRolledBack ? "↩️"
                                                                                     : "❌";
  std::string text = std::string(sign) + " *" + SlackText(Headline(notification)) + "*\n" +
                     SlackText(Message(notification));
  if (!notification.revision.commit.IsZero()) {
    text += "\n`" + SlackText(notification.revision.Short()) + "`";
  }
  if (notification.run != 0) text += " · run " + std::to_string(notification.run);
  std::string body;
  JsonWriter json(body, JsonLayout::kCompact);
  json.BeginObject();
  json.Member("text", text);
  json.EndObject();
  return body;
}

std::string PagerDutyBody(const Notification& notification, const Secret& routing_key) {
  const bool good = IsGood(notification.kind);
  std::string body;
  JsonWriter json(body, JsonLayout::kCompact);
  json.BeginObject();
  json.Member("routing_key", routing_key.Reveal());
  json.Member("event_action", good ? "resolve" : "trigger");
  json.Member("dedup_key", "tfgrid-compose/" + notification.Topic());
  if (!good) {
    json.Key("payload");
    json.BeginObject();
    json.Member("summary", Shortened(Headline(notification) + ": " + notification.message, 1000));
    json.Member("source", notification.source.empty() ? "tfgrid-compose" : notification.source);
    json.Member("severity",
                notification.kind == NotificationKind::kRolledBack ? "warning" : "error");
    json.Member("timestamp", FormatTimestamp(notification.time));
    json.Member("component", SubjectOf(notification));
    json.Key("custom_details");
    json.BeginObject();
    json.Member("message", Message(notification));
    json.Member("revision", RevisionText(notification));
    json.Member("run", std::to_string(notification.run));
    json.EndObject();
    json.EndObject();
  }
  json.EndObject();
  return body;
}

Mail MailOf(const OutboxEntry& entry, const NotificationTarget& target, WallTime now) {
  const Notification& notification = entry.notification;
  std::string to;
  for (const std::string& address : target.to) to += (to.empty() ? "" : ", ") + address;
  const std::size_t at = target.from.rfind('@');
  const std::string domain = at == std::string::npos ? "localhost" : target.from.substr(at + 1);
  const std::string unique = DigestBuilder()
                                 .Add(target.name)
                                 .Add(entry.id)
                                 .Add(notification.time.time_since_epoch().count())
                                 .Hex();
  Mail mail;
  mail.from = target.from;
  mail.to = target.to;
  mail.user = target.user;
  mail.text = "Date: " + MailDate(now) + "\r\nFrom: " + target.from + "\r\nTo: " + to +
              "\r\nSubject: [tfgrid-compose] " + EscapeLine(Headline(notification)) +
              "\r\nMessage-ID: <" + unique.substr(0, 32) + "@" + domain +
              ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
              "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
  std::string text = Headline(notification) + ".\n\n" + Message(notification) + "\n\n";
  if (notification.app) text += "App: " + notification.app->ToString() + "\n";
  if (!notification.source.empty()) text += "Source: " + notification.source + "\n";
  if (!notification.revision.commit.IsZero()) {
    text += "Revision: " + notification.revision.ToString() + "\n";
  }
  if (notification.run != 0) text += "Run: " + std::to_string(notification.run) + "\n";
  mail.text += MailBody(text);
  return mail;
}

}  // namespace gitops
