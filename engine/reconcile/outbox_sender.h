// OutboxSender: carries one entry of the outbox to where it belongs: renders it, fetches the
// secrets that it needs now, sends it, and says what to do with the entry. Thread-safe as far as
// what it borrows is.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/base/clock.h"
#include "engine/model/config.h"
#include "engine/model/notification.h"
#include "engine/os/web_client.h"
#include "engine/reconcile/secret_reader.h"

namespace gitops {

struct SendOutcome {
  enum class What {
    kDelivered,
    kLater,      ///< It may work later.
    kNever,      ///< The receiver will never take it.
    kGone,       ///< Its target is no longer configured.
    kCancelled,  ///< A stop was requested; it counts as no attempt.
  };
  What what = What::kDelivered;
  std::string error;                         ///< Why not; without secrets.
  std::optional<std::chrono::seconds> wait;  ///< What the receiver asked for.
};

class OutboxSender {
 public:
  OutboxSender(SecretReader& secrets, WebClient& web, MailClient& mail, const Clock& clock)
      : secrets_(secrets), web_(web), mail_(mail), clock_(clock) {}

  SendOutcome Send(const OutboxEntry& entry, const Config& config, std::stop_token stop);

 private:
  Result<WebRequest> RequestFor(const OutboxEntry& entry, const NotificationTarget& target);
  SendOutcome SendWeb(const WebRequest& request, const std::string& provider, std::stop_token stop);
  SendOutcome SendMail(const OutboxEntry& entry, const NotificationTarget& target,
                       std::stop_token stop);
  SendOutcome SendStatus(const OutboxEntry& entry, const SourceSpec& source, std::stop_token stop);
  Result<Secret> Resolve(const TextOrSecret& text);

  SecretReader& secrets_;
  WebClient& web_;
  MailClient& mail_;
  const Clock& clock_;
};

}  // namespace gitops
