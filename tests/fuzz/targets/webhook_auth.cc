// Authentication of webhooks: a letter for the provider, then lines with what three headers say,
// then the body. Nobody who does not know the secret gets in, and what we sign ourselves does.
#include "sources/webhook_auth.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "tests/fuzz/property.h"
#include "tests/fuzz/targets.h"

namespace gitops::fuzz {
namespace {

using Fields = std::map<std::string, std::string, std::less<>>;

constexpr std::string_view kSecret = "correct horse battery staple";
constexpr WallTime kNow{std::chrono::seconds(1'700'000'000)};

WebhookHeaders Headers(const Fields& fields) {
  return [&fields](std::string_view name) -> std::optional<std::string_view> {
    const auto found = fields.find(name);
    if (found == fields.end()) return std::nullopt;
    return found->second;
  };
}

WebhookAuthenticity Ask(WebhookProvider provider, const Fields& fields, std::string_view body) {
  static const WebhookKeys keys{{Secret(std::string(kSecret)), Secret("another of them")},
                                Secret("bytes of this process")};
  return Authenticate(provider, keys, Headers(fields), body, kNow);
}

/// The fields that prove the secret do; with another body, or one byte changed, they do not.
void CheckOwn(WebhookProvider provider, std::string_view body, std::string_view noise) {
  const auto signed_fields =
      SignWebhook(provider, Secret(std::string(kSecret)), body, "delivery", kNow);
  Fields fields(signed_fields.begin(), signed_fields.end());
  Require(Ask(provider, fields, body) == WebhookAuthenticity::kAuthentic, "our own is authentic");
  const WebhookAuthenticity longer = Ask(provider, fields, std::string(body) + "x");
  Require(longer == WebhookAuthenticity::kRefused, "another body needs another signature");
  // GitLab's base64 has several spellings of the same bytes.
  if (noise.size() < 2 || provider == WebhookProvider::kGitLab) return;
  std::string& value = fields.begin()->second;
  char& changed = value[static_cast<unsigned char>(noise[0]) % value.size()];
  if (std::tolower(static_cast<unsigned char>(changed)) ==
      std::tolower(static_cast<unsigned char>(noise[1]))) {
    return;  // Hex in capitals is the same signature.
  }
  changed = noise[1];
  Require(Ask(provider, fields, body) == WebhookAuthenticity::kRefused,
          "a changed signature is refused", value);
}

std::string_view Line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

}  // namespace

void FuzzWebhookAuth(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto provider = static_cast<WebhookProvider>(static_cast<unsigned char>(bytes.front()) % 8);
  std::string_view rest = bytes.substr(1);
  const std::string_view signature = Line(rest);
  const std::string_view timestamp = Line(rest);
  const std::string_view type = Line(rest);
  Fields fields;
  for (const std::string_view name :
       {"X-Hub-Signature-256", "X-Hub-Signature", "X-Gitlab-Token", "X-Gitea-Signature",
        "X-Forgejo-Signature", "X-Gogs-Signature", "X-Tfgrid-Compose-Signature",
        "webhook-signature"}) {
    fields.emplace(name, signature);
  }
  fields.emplace("webhook-id", "delivery");
  fields.emplace("webhook-timestamp", timestamp);
  fields.emplace("Content-Type", type);
  Require(Ask(provider, fields, rest) == WebhookAuthenticity::kRefused ||
              signature.find(kSecret) != std::string_view::npos,
          "nobody gets in without the secret", signature);
  CheckOwn(provider, rest, timestamp);
}

}  // namespace gitops::fuzz
