#include "engine/reconcile/outbox_sender.h"

#include <algorithm>
#include <utility>

#include "engine/reconcile/commit_status.h"
#include "engine/reconcile/notify_payload.h"

namespace gitops {
namespace {

constexpr std::chrono::seconds kLongestWait{3600};

SendOutcome Failed(const Error& error) {
  if (error.kind == ErrorKind::kCancelled) return {SendOutcome::What::kCancelled, "", {}};
  // A secret's file that is missing may be put back; what is wrong with an address stays so.
  const bool never = error.kind == ErrorKind::kInvalid;
  return {never ? SendOutcome::What::kNever : SendOutcome::What::kLater, error.ToString(), {}};
}

/// Only the receiver's status is told: its text may quote what was sent.
SendOutcome Judge(const WebResponse& response, WallTime now) {
  const int status = response.status;
  if (status >= 200 && status < 300) return {};
  SendOutcome outcome;
  outcome.error = "the receiver answered " + std::to_string(status);
  outcome.wait = response.retry_after;
  if (!outcome.wait && response.rate_limit_reset) {
    const auto today = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
    outcome.wait = std::max(std::chrono::seconds(1), *response.rate_limit_reset - today);
  }
  if (outcome.wait) outcome.wait = std::min(*outcome.wait, kLongestWait);
  // Rights and addresses are put right by people, sometimes: 401, 403 and 404 are tried again.
  const bool later = status >= 500 || status == 401 || status == 403 || status == 404 ||
                     status == 408 || status == 425 || status == 429 || outcome.wait.has_value();
  outcome.what = later ? SendOutcome::What::kLater : SendOutcome::What::kNever;
  return outcome;
}

}  // namespace

Result<Secret> OutboxSender::Resolve(const TextOrSecret& text) {
  if (const auto* plain = std::get_if<std::string>(&text)) return Secret(*plain);
  return secrets_.Read(std::get<SecretRef>(text));
}

Result<WebRequest> OutboxSender::RequestFor(const OutboxEntry& entry,
                                            const NotificationTarget& target) {
  WebRequest request;
  ASSIGN_OR_RETURN(request.url, Resolve(target.url));
  request.headers.emplace_back("Content-Type", Secret("application/json"));
  Secret key;
  if (target.secret) {
    ASSIGN_OR_RETURN(key, secrets_.Read(*target.secret));
  }
  switch (target.type) {
    case NotificationType::kSlack:
      request.body = SlackBody(entry.notification);
      break;
    case NotificationType::kPagerDuty:
      request.body = PagerDutyBody(entry.notification, key);
      break;
    case NotificationType::kWebhook:
    case NotificationType::kEmail: {
      request.body = WebhookBody(entry);
      const auto now = clock_.Now().time_since_epoch();
      const std::string timestamp =
          std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count());
      request.headers.emplace_back("X-Timestamp", Secret(timestamp));
      request.headers.emplace_back("X-Notification-Id", Secret(std::to_string(entry.id)));
      if (target.secret) {
        request.headers.emplace_back("X-Signature-256",
                                     Secret(WebhookSignature(key, timestamp, request.body)));
      }
      break;
    }
  }
  return request;
}

SendOutcome OutboxSender::SendWeb(const WebRequest& request, const std::string& provider,
                                  std::stop_token stop) {
  const auto response = web_.Send(request, std::move(stop));
  if (!response) return Failed(response.error());
  if (IsAlreadySet(provider, *response)) return {};
  return Judge(*response, clock_.Now());
}

SendOutcome OutboxSender::SendMail(const OutboxEntry& entry, const NotificationTarget& target,
                                   std::stop_token stop) {
  Mail mail = MailOf(entry, target, clock_.Now());
  auto server = Resolve(target.url);
  if (!server) return Failed(server.error());
  mail.server = *std::move(server);
  if (target.secret) {
    auto password = secrets_.Read(*target.secret);
    if (!password) return Failed(password.error());
    mail.password = *std::move(password);
  }
  // Without a log-in a server of one's own may be plain.
  mail.allow_plain = mail.user.empty();
  const Status sent = mail_.Send(mail, std::move(stop));
  return sent ? SendOutcome{} : Failed(sent.error());
}

SendOutcome OutboxSender::SendStatus(const OutboxEntry& entry, const SourceSpec& source,
                                     std::stop_token stop) {
  const auto token = secrets_.Read(source.commit_status->token);
  if (!token) return Failed(token.error());
  const auto request = CommitStatusRequest(source, entry.notification, *token);
  if (!request) return Failed(request.error());
  return SendWeb(*request, source.commit_status->provider, std::move(stop));
}

SendOutcome OutboxSender::Send(const OutboxEntry& entry, const Config& config,
                               std::stop_token stop) {
  if (const std::string name = SourceOfTarget(entry.target); !name.empty()) {
    const auto source =
        std::find_if(config.sources.begin(), config.sources.end(), [&](const SourceSpec& each) {
          return each.name == name && each.commit_status.has_value();
        });
    if (source == config.sources.end()) return {SendOutcome::What::kGone, "", {}};
    return SendStatus(entry, *source, std::move(stop));
  }
  const auto target =
      std::find_if(config.notifications.begin(), config.notifications.end(),
                   [&](const NotificationTarget& each) { return each.name == entry.target; });
  if (target == config.notifications.end()) return {SendOutcome::What::kGone, "", {}};
  if (target->type == NotificationType::kEmail) return SendMail(entry, *target, std::move(stop));
  const auto request = RequestFor(entry, *target);
  if (!request) return Failed(request.error());
  return SendWeb(*request, "", std::move(stop));
}

}  // namespace gitops
