#include "sources/webhook_match.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "sources/repository_key.h"

namespace gitops {
namespace {

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// The keys a source goes by: its URL, and those that the configuration adds.
std::vector<RepositoryKey> KeysOf(const SourceSpec& source, PathStyle style) {
  std::vector<RepositoryKey> keys;
  if (const auto key = RepositoryKeyOf(source.url, style)) keys.push_back(*key);
  for (const std::string& url : source.webhook_match) {
    if (const auto key = RepositoryKeyOf(url, style)) keys.push_back(*key);
  }
  return keys;
}

bool IsRepositoryOf(const WebhookRepository& repository, WebhookProvider provider,
                    const SourceSpec& source) {
  const PathStyle style = provider == WebhookProvider::kBitbucketServer
                              ? PathStyle::kBitbucketServer
                              : PathStyle::kPlain;
  const std::vector<RepositoryKey> keys = KeysOf(source, style);
  if (keys.empty()) return true;  // A path: nothing in the payload could tell.
  const auto is_ours = [&](const std::string& url) {
    const auto key = RepositoryKeyOf(url, style);
    return key && std::any_of(keys.begin(), keys.end(), [&](const RepositoryKey& own) {
             return IsSameRepository(own, *key);
           });
  };
  if (std::any_of(repository.urls.begin(), repository.urls.end(), is_ours)) return true;
  if (!repository.urls.empty() || repository.slug.empty()) return false;
  const std::string path = Lower(repository.project_key + "/" + repository.slug);
  return std::any_of(keys.begin(), keys.end(),
                     [&](const RepositoryKey& own) { return own.path == path; });
}

bool IsRefOf(const WebhookEvent& event, const SourceSpec& source) {
  return event.any_ref ||
         std::any_of(event.changes.begin(), event.changes.end(), [&](const RefChange& change) {
           return change.kind == source.ref_kind && change.name == source.ref;
         });
}

}  // namespace

WebhookMatch MatchWebhook(const WebhookEvent& event, WebhookProvider provider,
                          const SourceSpec& source) {
  if (event.repository && !IsRepositoryOf(*event.repository, provider, source)) {
    return {false, "it is about another repository than the source's"};
  }
  switch (event.kind) {
    case WebhookKind::kPush:
    case WebhookKind::kRefCreated:
    case WebhookKind::kRefDeleted:
      break;
    default:
      return {false, "nothing follows this kind of event"};
  }
  if (source.ref_kind == RefKind::kCommit) return {false, "the source stays at one commit"};
  if (!IsRefOf(event, source)) return {false, "the source follows another ref"};
  return {true, ""};
}

}  // namespace gitops
