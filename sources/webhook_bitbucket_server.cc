// Payloads of Bitbucket Data Center.
#include <optional>

#include "sources/webhook_reading.h"

namespace gitops {
namespace {

/// `links.clone[].href`; the links may be missing altogether, but what is there has to be right.
Status ReadLinks(const JsonView& object, std::vector<std::string>& urls) {
  const auto links = object.Object("links");
  if (!links || !links->Find("clone")) return {};
  const auto clone = links->List("clone");
  if (!clone) return BadPayload("repository.links.clone", "is no list");
  for (const JsonView& entry : *clone) {
    const auto url = entry.Text("href");
    if (!url) return BadPayload("repository.links.clone", "has an entry whose href is no text");
    urls.emplace_back(*url);
  }
  return {};
}

Result<WebhookRepository> ReadRepository(const std::optional<JsonView>& object) {
  if (!object) return BadPayload("repository", "is missing or no object");
  WebhookRepository repository;
  repository.slug = TextOrNothing(*object, "slug");
  if (const auto project = object->Object("project")) {
    repository.project_key = TextOrNothing(*project, "key");
  }
  if (repository.slug.empty() || repository.project_key.empty()) {
    return BadPayload("repository", "has no slug or no project key");
  }
  repository.full_name = repository.project_key + "/" + repository.slug;
  RETURN_IF_ERROR(ReadLinks(*object, repository.urls));
  return repository;
}

/// nullopt: neither a branch nor a tag.
Result<std::optional<RefChange>> ReadChange(const JsonView& entry) {
  const auto ref = entry.Object("ref");
  const auto id = ref ? ref->Text("id") : entry.Text("refId");
  if (!id) return BadPayload("changes", "has an entry without a ref");
  ASSIGN_OR_RETURN(auto change, ReadFullRef(*id));
  if (!change) return std::optional<RefChange>();
  RETURN_IF_ERROR(ReadEnds(entry, "fromHash", "toHash", *change));
  const std::string_view type = entry.Text("type").value_or("");
  change->created = type == "ADD";
  change->deleted = type == "DELETE";
  return change;
}

Status ReadPush(const JsonView& root, WebhookEvent& event) {
  event.kind = WebhookKind::kPush;
  ASSIGN_OR_RETURN(event.repository, ReadRepository(root.Object("repository")));
  const auto changes = root.List("changes");
  if (!changes) return BadPayload("changes", "is missing or no list");
  for (const JsonView& entry : *changes) {
    ASSIGN_OR_RETURN(auto change, ReadChange(entry));
    if (change) event.changes.push_back(*std::move(change));
  }
  if (event.changes.empty()) event.kind = WebhookKind::kOther;
  return {};
}

std::optional<PullRequestPhase> PhaseOf(std::string_view event_name) {
  if (event_name == "pr:opened") return PullRequestPhase::kOpened;
  if (event_name == "pr:from_ref_updated") return PullRequestPhase::kUpdated;
  if (event_name == "pr:merged") return PullRequestPhase::kMerged;
  if (event_name == "pr:declined" || event_name == "pr:deleted") return PullRequestPhase::kClosed;
  if (event_name == "pr:reopened") return PullRequestPhase::kReopened;
  if (event_name == "pr:modified" || event_name.starts_with("pr:reviewer:")) {
    return PullRequestPhase::kMetadata;
  }
  return std::nullopt;
}

/// Which repository a side of the request is in: "PRJ/slug"; "" when it is not said.
std::string NameOf(const std::optional<JsonView>& repository) {
  const auto project = repository ? repository->Object("project") : std::nullopt;
  if (!project) return "";
  return TextOrNothing(*project, "key") + "/" + TextOrNothing(*repository, "slug");
}

Status ReadPullRequest(const JsonView& root, PullRequestPhase phase, WebhookEvent& event) {
  event.kind = WebhookKind::kPullRequest;
  const auto object = root.Object("pullRequest");
  const auto from = object ? object->Object("fromRef") : std::nullopt;
  const auto to = object ? object->Object("toRef") : std::nullopt;
  if (!from || !to) return BadPayload("pullRequest", "or its fromRef or toRef is missing");
  ASSIGN_OR_RETURN(event.repository, ReadRepository(to->Object("repository")));
  PullRequest request;
  request.phase = phase;
  request.number = object->Number("id").value_or(0);
  ASSIGN_OR_RETURN(request.head_commit,
                   ReadCommit("pullRequest.fromRef.latestCommit", *from, "latestCommit"));
  request.head_ref = TextOrNothing(*from, "displayId");
  request.base_ref = TextOrNothing(*to, "displayId");
  const std::string from_name = NameOf(from->Object("repository"));
  if (!from_name.empty()) request.from_fork = from_name != NameOf(to->Object("repository"));
  event.pull_request = std::move(request);
  return {};
}

}  // namespace

Result<WebhookEvent> ReadBitbucketServer(std::string_view event_name, const JsonView& root) {
  WebhookEvent event;
  if (event_name == "diagnostics:ping") {
    event.kind = WebhookKind::kPing;
  } else if (event_name == "repo:refs_changed") {
    RETURN_IF_ERROR(ReadPush(root, event));
  } else if (const auto phase = PhaseOf(event_name)) {
    RETURN_IF_ERROR(ReadPullRequest(root, *phase, event));
  } else if (event_name == "repo:modified") {
    event.kind = WebhookKind::kRepositoryMoved;
  }
  return event;
}

}  // namespace gitops
