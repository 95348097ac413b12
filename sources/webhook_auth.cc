#include "sources/webhook_auth.h"

#include <charconv>
#include <optional>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/digest.h"
#include "sources/base64.h"
#include "sources/webhook_form.h"

namespace gitops {
namespace {

constexpr std::chrono::minutes kLongestAge{5};
constexpr std::string_view kPrefix = "sha256=";

std::string_view Bytes(const Sha256Bytes& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// Whether `signature` is the HMAC of `signed_bytes` under one of the secrets. Each is tried, also
/// after one that fits.
bool IsSigned(const WebhookKeys& keys, const Sha256Bytes& signature,
              std::string_view signed_bytes) {
  bool fits = false;
  for (const Secret& secret : keys.secrets) {
    if (secret.empty()) continue;
    const Sha256Bytes expected = HmacSha256(secret.Reveal(), signed_bytes);
    if (EqualsConstantTime(Bytes(expected), Bytes(signature))) fits = true;
  }
  return fits;
}

/// "sha256=<hex>" or, without a prefix, "<hex>".
std::optional<Sha256Bytes> ReadSignature(std::optional<std::string_view> value,
                                         std::string_view prefix) {
  if (!value || !value->starts_with(prefix)) return std::nullopt;
  return Sha256FromHex(value->substr(prefix.size()));
}

bool IsSignedInHeader(const WebhookKeys& keys, std::optional<std::string_view> value,
                      std::string_view prefix, std::string_view signed_bytes) {
  const auto signature = ReadSignature(value, prefix);
  return signature && IsSigned(keys, *signature, signed_bytes);
}

/// Gitea, Forgejo and Gogs sign the JSON, also when they send it inside a form.
bool IsSignedJson(const WebhookKeys& keys, const WebhookHeaders& headers,
                  std::optional<std::string_view> value, std::string_view body) {
  const auto signature = ReadSignature(value, "");
  if (!signature) return false;
  if (!IsFormContentType(headers("Content-Type").value_or(""))) {
    return IsSigned(keys, *signature, body);
  }
  const auto payload = DecodePayloadField(body);
  return payload && IsSigned(keys, *signature, *payload);
}

/// The secret in clear. HMACs under a key that nobody knows tell nothing of it, not even its size.
bool IsToken(const WebhookKeys& keys, std::optional<std::string_view> value) {
  if (!value || value->empty()) return false;
  const std::string_view key = keys.comparison_key.Reveal();
  const Sha256Bytes presented = HmacSha256(key, *value);
  bool fits = false;
  for (const Secret& secret : keys.secrets) {
    if (secret.empty()) continue;
    const Sha256Bytes expected = HmacSha256(key, secret.Reveal());
    if (EqualsConstantTime(Bytes(expected), Bytes(presented))) fits = true;
  }
  return fits;
}

/// The key of a signing secret: what follows "whsec_" in base64, else the bytes themselves.
Secret SigningKey(const Secret& secret) {
  constexpr std::string_view kMark = "whsec_";
  if (!secret.Reveal().starts_with(kMark)) return secret;
  const auto decoded = Base64Decode(secret.Reveal().substr(kMark.size()));
  return decoded && !decoded->empty() ? Secret(*decoded) : secret;
}

std::string StandardText(std::string_view id, std::string_view timestamp, std::string_view body) {
  std::string text;
  text.reserve(id.size() + timestamp.size() + body.size() + 2);
  return text.append(id).append(".").append(timestamp).append(".").append(body);
}

/// "v1,<base64> v1,<base64>": one that fits is enough (standardwebhooks.com).
bool IsSignedByStandard(const WebhookKeys& keys, const WebhookHeaders& headers,
                        std::string_view body) {
  const auto id = headers("webhook-id");
  const auto timestamp = headers("webhook-timestamp");
  auto list = headers("webhook-signature");
  if (!id || !timestamp || !list) return false;
  WebhookKeys signing;
  for (const Secret& secret : keys.secrets) signing.secrets.push_back(SigningKey(secret));
  const std::string text = StandardText(*id, *timestamp, body);
  constexpr int kMostSignatures = 8;
  for (int tried = 0; tried < kMostSignatures && !list->empty(); ++tried) {
    const std::size_t space = list->find(' ');
    const std::string_view entry = list->substr(0, space);
    list->remove_prefix(space == std::string_view::npos ? list->size() : space + 1);
    if (!entry.starts_with("v1,")) continue;
    const auto bytes = Base64Decode(entry.substr(3));
    Sha256Bytes signature{};
    if (!bytes || bytes->size() != signature.size()) continue;
    std::copy(bytes->begin(), bytes->end(), signature.begin());
    if (IsSigned(signing, signature, text)) return true;
  }
  return false;
}

/// Whether the time a request claims is near enough; one that claims none is.
bool IsFresh(const WebhookHeaders& headers, WallTime now) {
  const auto text = headers("webhook-timestamp");
  if (!text) return true;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (error != std::errc() || end != text->data() + text->size()) return false;
  const std::int64_t present =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const std::int64_t allowed = std::chrono::seconds(kLongestAge).count();
  return seconds >= present - allowed && seconds <= present + allowed;
}

std::vector<std::pair<std::string, std::string>> SignByStandard(const Secret& secret,
                                                                std::string_view body,
                                                                const std::string& id,
                                                                WallTime now) {
  const std::string timestamp = std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
  const Sha256Bytes digest =
      HmacSha256(SigningKey(secret).Reveal(), StandardText(id, timestamp, body));
  return {{"webhook-id", id},
          {"webhook-timestamp", timestamp},
          {"webhook-signature", "v1," + Base64Padded(Bytes(digest))}};
}

std::string_view SignatureHeader(WebhookProvider provider) {
  switch (provider) {
    case WebhookProvider::kGitHub:
      return "X-Hub-Signature-256";
    case WebhookProvider::kGitLab:
      return "webhook-signature";
    case WebhookProvider::kGitea:
      return "X-Gitea-Signature";
    case WebhookProvider::kForgejo:
      return "X-Forgejo-Signature";
    case WebhookProvider::kGogs:
      return "X-Gogs-Signature";
    case WebhookProvider::kBitbucket:
    case WebhookProvider::kBitbucketServer:
      return "X-Hub-Signature";
    case WebhookProvider::kGeneric:
      return "X-Tfgrid-Compose-Signature";
  }
  CHECK(false);
}

/// Whether the hex digits come without the name of the algorithm.
bool SignsBare(WebhookProvider provider) {
  return provider == WebhookProvider::kGitea || provider == WebhookProvider::kForgejo ||
         provider == WebhookProvider::kGogs;
}

bool IsAuthentic(WebhookProvider provider, const WebhookKeys& keys, const WebhookHeaders& headers,
                 std::string_view body) {
  switch (provider) {
    case WebhookProvider::kGitHub:
      return IsSignedInHeader(keys, headers("X-Hub-Signature-256"), kPrefix, body);
    case WebhookProvider::kGitLab:
      return IsToken(keys, headers("X-Gitlab-Token")) || IsSignedByStandard(keys, headers, body);
    case WebhookProvider::kGitea:
      return IsSignedJson(keys, headers, headers("X-Gitea-Signature"), body);
    case WebhookProvider::kForgejo: {
      const auto own = headers("X-Forgejo-Signature");
      return IsSignedJson(keys, headers, own ? own : headers("X-Gitea-Signature"), body);
    }
    case WebhookProvider::kGogs:
      return IsSignedJson(keys, headers, headers("X-Gogs-Signature"), body);
    case WebhookProvider::kBitbucket:
    case WebhookProvider::kBitbucketServer:
      return IsSignedInHeader(keys, headers("X-Hub-Signature"), kPrefix, body);
    case WebhookProvider::kGeneric:
      return IsSignedInHeader(keys, headers("X-Tfgrid-Compose-Signature"), kPrefix, body);
  }
  CHECK(false);
}

}  // namespace

WebhookAuthenticity Authenticate(WebhookProvider provider, const WebhookKeys& keys,
                                 const WebhookHeaders& headers, std::string_view body,
                                 WallTime now) {
  if (provider == WebhookProvider::kBitbucketServer && !headers("X-Hub-Signature") &&
      headers("X-Event-Key") == "diagnostics:ping") {
    return WebhookAuthenticity::kUnsignedTest;
  }
  if (!IsAuthentic(provider, keys, headers, body)) return WebhookAuthenticity::kRefused;
  if (provider == WebhookProvider::kGitLab && !IsFresh(headers, now)) {
    return WebhookAuthenticity::kStale;
  }
  return WebhookAuthenticity::kAuthentic;
}

std::vector<std::pair<std::string, std::string>> SignWebhook(WebhookProvider provider,
                                                             const Secret& secret,
                                                             std::string_view body,
                                                             const std::string& id, WallTime now) {
  if (provider == WebhookProvider::kGitLab) return SignByStandard(secret, body, id, now);
  const Sha256Bytes digest = HmacSha256(secret.Reveal(), body);
  std::string value = SignsBare(provider) ? "" : std::string(kPrefix);
  value += ToHex(digest.data(), digest.size());
  return {{std::string(SignatureHeader(provider)), std::move(value)}};
}

}  // namespace gitops
