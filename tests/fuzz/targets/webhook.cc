// Payloads of each provider: a line with the event's name, then the body; those of the Gitea family
// begin with a letter for the member of the family, and come as forms too. What is read is fit to
// be shown and stored, what is refused says so without the sender's bytes; and the keys by which
// repositories are matched.
#include <algorithm>
#include <cctype>
#include <optional>
#include <string>

#include "sources/repository_key.h"
#include "sources/source_url.h"
#include "sources/webhook_match.h"
#include "sources/webhook_parse.h"
#include "tests/fuzz/property.h"
#include "tests/fuzz/targets.h"

namespace gitops::fuzz {
namespace {

constexpr std::size_t kLongestSummary = 200;

bool Prints(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

bool IsHex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

void CheckEvent(const WebhookEvent& event, WebhookProvider provider) {
  const std::string summary = Summarize(event);
  Require(summary.size() <= kLongestSummary && Prints(summary), "a summary is one short line",
          summary);
  for (const RefChange& change : event.changes) {
    Require(CheckRefName(change.name).has_value(), "a ref is one that Git allows", change.name);
    Require(IsHex(change.before) && IsHex(change.after), "a commit is hex", change.name);
    Require(!(change.created && change.deleted), "a ref does not come and go at once", change.name);
  }
  if (event.changed_files) {
    Require(std::is_sorted(event.changed_files->begin(), event.changed_files->end()),
            "files are sorted");
  }
  Require(event.kind != WebhookKind::kPullRequest || event.pull_request.has_value(),
          "a pull request is described");
  SourceSpec source;
  source.url = "https://example.org/acme/apps.git";
  const WebhookMatch match = MatchWebhook(event, provider, source);
  Require(match.concerns == match.why.empty(), "a refusal to match says why");
}

/// The name of the event for every header that is asked for, and this content type.
WebhookHeaders Headers(std::string_view name, std::optional<std::string_view> content_type) {
  return [=](std::string_view header) -> std::optional<std::string_view> {
    return header == "Content-Type" ? content_type : name;
  };
}

void FuzzProvider(WebhookProvider provider, std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  const std::string_view name = bytes.substr(0, end);
  const std::string_view body =
      end == std::string_view::npos ? std::string_view() : bytes.substr(end + 1);
  const WebhookHeaders headers = Headers(name, std::nullopt);
  const auto event = ParseWebhook(provider, headers, body);
  if (event) {
    CheckEvent(*event, provider);
    if (body.empty()) return;  // Only no body at all stands for an empty object.
    const auto again = ParseWebhook(provider, headers, std::string(body) + " \n");
    Require(again && Summarize(*again) == Summarize(*event), "space at the end changes nothing");
    return;
  }
  Require(event.error().kind == ErrorKind::kInvalid, "a bad payload is invalid");
  const std::string text = event.error().ToString();
  Require(text.size() < 300 && Prints(text), "a refusal is short and quotes nothing", text);
}

/// The JSON as the field of a form.
std::string AsForm(std::string_view json) {
  std::string form = "payload=";
  for (const char c : json) {
    const auto byte = static_cast<unsigned char>(c);
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    if (std::isalnum(byte) != 0) {
      form += c;
    } else {
      form += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return form;
}

/// A form says what its JSON says, and any bytes may call themselves a form.
void CheckForm(WebhookProvider provider, std::string_view name, std::string_view body) {
  const WebhookHeaders form = Headers(name, "application/x-www-form-urlencoded");
  if (const auto event = ParseWebhook(provider, form, body)) CheckEvent(*event, provider);
  const auto plain = ParseWebhook(provider, Headers(name, "application/json"), body);
  const auto wrapped = ParseWebhook(provider, form, AsForm(body));
  Require(plain.has_value() == wrapped.has_value(), "a form is as good as its JSON");
  Require(!plain || Summarize(*plain) == Summarize(*wrapped), "a form says what its JSON says");
}

}  // namespace

void FuzzWebhookGitHub(std::string_view bytes) { FuzzProvider(WebhookProvider::kGitHub, bytes); }
void FuzzWebhookGitLab(std::string_view bytes) { FuzzProvider(WebhookProvider::kGitLab, bytes); }

void FuzzWebhookGitea(std::string_view bytes) {
  if (bytes.empty()) return;
  const WebhookProvider provider = bytes.front() == 'g'   ? WebhookProvider::kGogs
                                   : bytes.front() == 'f' ? WebhookProvider::kForgejo
                                                          : WebhookProvider::kGitea;
  const std::string_view rest = bytes.substr(1);
  FuzzProvider(provider, rest);
  const std::size_t end = rest.find('\n');
  if (end != std::string_view::npos) {
    CheckForm(provider, rest.substr(0, end), rest.substr(end + 1));
  }
}

void FuzzWebhookBitbucket(std::string_view bytes) {
  FuzzProvider(WebhookProvider::kBitbucket, bytes);
}
void FuzzWebhookBitbucketServer(std::string_view bytes) {
  FuzzProvider(WebhookProvider::kBitbucketServer, bytes);
}
void FuzzWebhookGeneric(std::string_view bytes) { FuzzProvider(WebhookProvider::kGeneric, bytes); }

void FuzzRepositoryKey(std::string_view bytes) {
  for (const PathStyle style : {PathStyle::kPlain, PathStyle::kBitbucketServer}) {
    const auto key = RepositoryKeyOf(bytes, style);
    if (!key) continue;
    Require(IsSameRepository(*key, *key), "a repository is itself");
    Require(!key->host.empty() && Prints(key->host), "a host is plain", key->host);
    Require(!key->path.empty() && Prints(key->path), "a path is plain");
    Require(("/" + key->path + "/").find("/../") == std::string::npos, "no path leads upwards",
            key->path);
    RepositoryKey other = *key;
    other.host += "x";
    Require(!IsSameRepository(*key, other), "another host is another repository");
  }
}

}  // namespace gitops::fuzz
