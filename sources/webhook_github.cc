// Payloads of GitHub, and of Gitea, Forgejo and Gogs, which follow it with small differences.
#include <optional>

#include "sources/webhook_reading.h"

namespace gitops {
namespace {

std::optional<WebhookRepository> ReadRepository(const JsonView& root) {
  const auto object = root.Object("repository");
  if (!object) return std::nullopt;
  WebhookRepository repository;
  repository.full_name = TextOrNothing(*object, "full_name");
  repository.default_branch = TextOrNothing(*object, "default_branch");
  for (const std::string_view key : {"clone_url", "ssh_url", "html_url"}) {
    std::string url = TextOrNothing(*object, key);
    if (!url.empty()) repository.urls.push_back(std::move(url));
  }
  return repository;
}

Status ReadPush(const JsonView& root, WebhookEvent& event) {
  event.kind = WebhookKind::kPush;
  const auto ref = root.Text("ref");
  if (!ref) return BadPayload("ref", "is missing or no text");
  ASSIGN_OR_RETURN(auto change, ReadFullRef(*ref));
  if (!change) {
    event.kind = WebhookKind::kOther;
    return {};
  }
  RETURN_IF_ERROR(ReadEnds(root, "before", "after", *change));
  change->forced = root.Flag("forced").value_or(false);
  event.changed_files = ReadChangedFiles(root, *change, root.Number("total_commits"));
  event.changes.push_back(*std::move(change));
  return {};
}

Status ReadCreateOrDelete(const JsonView& root, bool created, WebhookEvent& event) {
  event.kind = created ? WebhookKind::kRefCreated : WebhookKind::kRefDeleted;
  const auto ref = root.Text("ref");
  const auto type = root.Text("ref_type");
  if (!ref) return BadPayload("ref", "is missing or no text");
  if (type != "branch" && type != "tag") {
    event.kind = WebhookKind::kOther;  // GitHub: "repository".
    return {};
  }
  // Short on GitHub; newer Gitea and Forgejo write it in full.
  std::string_view name = *ref;
  for (const std::string_view prefix : {"refs/heads/", "refs/tags/"}) {
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  }
  ASSIGN_OR_RETURN(RefChange change,
                   ReadShortRef(type == "tag" ? RefKind::kTag : RefKind::kBranch, name));
  change.created = created;
  change.deleted = !created;
  if (created) {
    ASSIGN_OR_RETURN(change.after, ReadCommit("sha", root, "sha"));
  }
  event.changes.push_back(std::move(change));
  return {};
}

PullRequestPhase PhaseOf(std::string_view action, bool merged) {
  if (action == "opened") return PullRequestPhase::kOpened;
  if (action == "synchronize" || action == "synchronized") return PullRequestPhase::kUpdated;
  if (action == "reopened") return PullRequestPhase::kReopened;
  if (action == "closed") return merged ? PullRequestPhase::kMerged : PullRequestPhase::kClosed;
  return PullRequestPhase::kMetadata;
}

std::optional<bool> IsFromFork(const JsonView& head, const JsonView& base) {
  const auto from = head.Object("repo");
  const auto to = base.Object("repo");
  if (!from || !to) return std::nullopt;
  const auto from_name = from->Text("full_name");
  const auto to_name = to->Text("full_name");
  if (!from_name || !to_name) return std::nullopt;
  return *from_name != *to_name;
}

Status ReadPullRequest(const JsonView& root, WebhookEvent& event) {
  event.kind = WebhookKind::kPullRequest;
  const auto object = root.Object("pull_request");
  const auto head = object ? object->Object("head") : std::nullopt;
  const auto base = object ? object->Object("base") : std::nullopt;
  if (!head || !base) return BadPayload("pull_request", "or its head or base is missing");
  PullRequest request;
  request.phase = PhaseOf(root.Text("action").value_or(""), object->Flag("merged").value_or(false));
  request.number = object->Number("number").value_or(root.Number("number").value_or(0));
  ASSIGN_OR_RETURN(request.head_commit, ReadCommit("pull_request.head.sha", *head, "sha"));
  request.head_ref = TextOrNothing(*head, "ref");
  request.base_ref = TextOrNothing(*base, "ref");
  request.from_fork = IsFromFork(*head, *base);
  event.pull_request = std::move(request);
  return {};
}

bool IsMove(std::string_view action) { return action == "transferred" || action == "renamed"; }

}  // namespace

Result<WebhookEvent> ReadGitHubFamily(std::string_view event_name, const JsonView& root) {
  WebhookEvent event;
  event.repository = ReadRepository(root);
  const auto needs_repository = [&]() -> Status {
    if (event.repository) return {};
    return BadPayload("repository", "is missing or no object");
  };
  if (event_name == "ping") {
    event.kind = WebhookKind::kPing;
  } else if (event_name == "push") {
    RETURN_IF_ERROR(needs_repository());
    RETURN_IF_ERROR(ReadPush(root, event));
  } else if (event_name == "create" || event_name == "delete") {
    RETURN_IF_ERROR(needs_repository());
    RETURN_IF_ERROR(ReadCreateOrDelete(root, event_name == "create", event));
  } else if (event_name == "pull_request" || event_name == "pull_request_sync") {
    RETURN_IF_ERROR(needs_repository());
    RETURN_IF_ERROR(ReadPullRequest(root, event));
  } else if (event_name == "repository" && IsMove(root.Text("action").value_or(""))) {
    event.kind = WebhookKind::kRepositoryMoved;
  }
  return event;
}

}  // namespace gitops
