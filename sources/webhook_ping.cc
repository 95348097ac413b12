#include "sources/webhook_ping.h"

#include "engine/base/check.h"
#include "sources/webhook_auth.h"

namespace gitops {
namespace {

constexpr std::string_view kZenBody = R"({"zen":"A ping of tfgrid-compose."})";

struct Form {
  std::string_view event_header;
  std::string_view event;
  std::string_view id_header;
  std::string_view body;
};

Form FormOf(WebhookProvider provider) {
  switch (provider) {
    case WebhookProvider::kGitHub:
      return {"X-GitHub-Event", "ping", "X-GitHub-Delivery", kZenBody};
    case WebhookProvider::kGitLab:
      return {"X-Gitlab-Event", "System Hook", "Idempotency-Key", R"({"object_kind":"ping"})"};
    case WebhookProvider::kGitea:
      return {"X-Gitea-Event", "ping", "X-Gitea-Delivery", kZenBody};
    case WebhookProvider::kForgejo:
      return {"X-Forgejo-Event", "ping", "X-Forgejo-Delivery", kZenBody};
    case WebhookProvider::kGogs:
      return {"X-Gogs-Event", "ping", "X-Gogs-Delivery", kZenBody};
    case WebhookProvider::kBitbucket:
      return {"X-Event-Key", "diagnostics:ping", "X-Request-UUID", R"({"test":true})"};
    case WebhookProvider::kBitbucketServer:
      return {"X-Event-Key", "diagnostics:ping", "X-Request-Id", R"({"test":true})"};
    case WebhookProvider::kGeneric:
      return {"X-Tfgrid-Compose-Event", "ping", "X-Tfgrid-Compose-Delivery", "{}"};
  }
  CHECK(false);
}

}  // namespace

WebhookPing MakeWebhookPing(WebhookProvider provider, const Secret& secret, const std::string& id,
                            WallTime now) {
  const Form form = FormOf(provider);
  WebhookPing ping;
  ping.body = form.body;
  ping.headers = {{std::string(form.event_header), std::string(form.event)},
                  {std::string(form.id_header), id}};
  for (auto& field : SignWebhook(provider, secret, ping.body, id, now)) {
    ping.headers.push_back(std::move(field));
  }
  return ping;
}

}  // namespace gitops
