#include "sources/webhook_parse.h"

#include <optional>
#include <string>

#include "engine/base/check.h"
#include "sources/webhook_form.h"
#include "sources/webhook_reading.h"

namespace gitops {
namespace {

constexpr std::size_t kLongestEventName = 100;

Result<WebhookEvent> ReadEvent(WebhookProvider provider, std::string_view name,
                               const JsonView& root) {
  switch (provider) {
    case WebhookProvider::kGitHub:
    case WebhookProvider::kGitea:
    case WebhookProvider::kForgejo:
    case WebhookProvider::kGogs:
      return ReadGitHubFamily(name, root);
    case WebhookProvider::kGitLab:
      return ReadGitLab(name, root);
    case WebhookProvider::kBitbucket:
      return ReadBitbucket(name, root);
    case WebhookProvider::kBitbucketServer:
      return ReadBitbucketServer(name, root);
    case WebhookProvider::kGeneric:
      return ReadGeneric(name, root);
  }
  CHECK(false);
}

/// Whether a provider may send its JSON inside a form.
bool MaySendForm(WebhookProvider provider) {
  return provider == WebhookProvider::kGitHub || provider == WebhookProvider::kGitea ||
         provider == WebhookProvider::kForgejo || provider == WebhookProvider::kGogs;
}

}  // namespace

/// Our own: {"ref": …, "before": …, "after": …}, each of which may be left out.
Result<WebhookEvent> ReadGeneric(std::string_view event_name, const JsonView& root) {
  WebhookEvent event;
  if (event_name == "ping") {
    event.kind = WebhookKind::kPing;
    return event;
  }
  if (!event_name.empty() && event_name != "push") return event;
  event.kind = WebhookKind::kPush;
  if (!root.Find("ref")) {
    event.any_ref = true;
    return event;
  }
  const auto ref = root.Text("ref");
  if (!ref) return BadPayload("ref", "is no text");
  if (!ref->starts_with("refs/")) {
    ASSIGN_OR_RETURN(RefChange change, ReadShortRef(RefKind::kBranch, *ref));
    RETURN_IF_ERROR(ReadEnds(root, "before", "after", change));
    event.changes.push_back(std::move(change));
    return event;
  }
  ASSIGN_OR_RETURN(auto change, ReadFullRef(*ref));
  if (!change) {
    event.kind = WebhookKind::kOther;
    return event;
  }
  RETURN_IF_ERROR(ReadEnds(root, "before", "after", *change));
  event.changes.push_back(*std::move(change));
  return event;
}

Result<WebhookEvent> ParseWebhook(WebhookProvider provider, const WebhookHeaders& headers,
                                  std::string_view body) {
  const std::string_view name = EventName(provider, headers);
  std::optional<std::string> decoded;
  if (MaySendForm(provider) && IsFormContentType(headers("Content-Type").value_or(""))) {
    decoded = DecodePayloadField(body);
    if (!decoded) {
      return MakeError(ErrorKind::kInvalid, "the form has no payload",
                       "exactly one well-encoded field \"payload\" is needed");
    }
    body = *decoded;
  }
  if (provider == WebhookProvider::kGeneric && body.empty()) body = "{}";
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(body));
  const JsonView root = document.root();
  if (!root.IsObject()) {
    return MakeError(ErrorKind::kInvalid, "the body is no JSON object");
  }
  ASSIGN_OR_RETURN(WebhookEvent event, ReadEvent(provider, name, root));
  event.name = name.substr(0, kLongestEventName);
  return event;
}

}  // namespace gitops
