// Payloads of GitLab: project hooks, and system hooks, whose event is in the body.
#include <optional>

#include "sources/webhook_reading.h"

namespace gitops {
namespace {

/// `project`, or the deprecated `repository`.
std::optional<WebhookRepository> ReadRepository(const JsonView& root) {
  const auto project = root.Object("project");
  const auto old = root.Object("repository");
  if (!project && !old) return std::nullopt;
  WebhookRepository repository;
  const JsonView& object = project ? *project : *old;
  repository.full_name = TextOrNothing(object, "path_with_namespace");
  repository.default_branch = TextOrNothing(object, "default_branch");
  for (const std::string_view key :
       {"git_http_url", "git_ssh_url", project ? "web_url" : "homepage"}) {
    std::string url = TextOrNothing(object, key);
    if (!url.empty()) repository.urls.push_back(std::move(url));
  }
  return repository;
}

Status ReadPush(const JsonView& root, WebhookEvent& event) {
  event.kind = WebhookKind::kPush;
  if (!event.repository) return BadPayload("project", "is missing or no object");
  const auto ref = root.Text("ref");
  if (!ref) return BadPayload("ref", "is missing or no text");
  ASSIGN_OR_RETURN(auto change, ReadFullRef(*ref));
  if (!change) {
    event.kind = WebhookKind::kOther;
    return {};
  }
  RETURN_IF_ERROR(ReadEnds(root, "before", "after", *change));
  event.changed_files = ReadChangedFiles(root, *change, root.Number("total_commits_count"));
  event.changes.push_back(*std::move(change));
  return {};
}

PullRequestPhase PhaseOf(const JsonView& attributes) {
  const std::string_view action = attributes.Text("action").value_or("");
  if (action == "open") return PullRequestPhase::kOpened;
  if (action == "reopen") return PullRequestPhase::kReopened;
  if (action == "close") return PullRequestPhase::kClosed;
  if (action == "merge") return PullRequestPhase::kMerged;
  if (action == "update") {
    // Only new commits bring the old ones' id.
    return attributes.Text("oldrev") ? PullRequestPhase::kUpdated : PullRequestPhase::kMetadata;
  }
  for (const std::string_view known : {"", "approved", "unapproved", "approval", "unapproval"}) {
    if (action == known) return PullRequestPhase::kMetadata;
  }
  return PullRequestPhase::kUnknown;
}

Status ReadMergeRequest(const JsonView& root, WebhookEvent& event) {
  event.kind = WebhookKind::kPullRequest;
  const auto attributes = root.Object("object_attributes");
  if (!attributes) return BadPayload("object_attributes", "is missing or no object");
  PullRequest request;
  request.phase = PhaseOf(*attributes);
  request.number = attributes->Number("iid").value_or(0);
  if (const auto commit = attributes->Object("last_commit")) {
    ASSIGN_OR_RETURN(request.head_commit,
                     ReadCommit("object_attributes.last_commit.id", *commit, "id"));
  }
  request.head_ref = TextOrNothing(*attributes, "source_branch");
  request.base_ref = TextOrNothing(*attributes, "target_branch");
  const auto from = attributes->Number("source_project_id");
  const auto to = attributes->Number("target_project_id");
  if (from && to) request.from_fork = *from != *to;
  event.pull_request = std::move(request);
  return {};
}

/// "push", "tag_push", "merge_request", …: what the body calls itself, else what the header says.
std::string_view KindOf(std::string_view event_name, const JsonView& root) {
  if (const auto kind = root.Text("object_kind")) return *kind;
  if (const auto name = root.Text("event_name")) return *name;
  if (event_name == "Push Hook") return "push";
  if (event_name == "Tag Push Hook") return "tag_push";
  if (event_name == "Merge Request Hook") return "merge_request";
  return "";
}

/// A custom webhook template replaced the body: that the hook fired is all that is known.
bool IsCustomBody(const JsonView& root) {
  for (const std::string_view key : {"object_kind", "event_name", "ref", "project", "repository"}) {
    if (root.Find(key)) return false;
  }
  return true;
}

}  // namespace

Result<WebhookEvent> ReadGitLab(std::string_view event_name, const JsonView& root) {
  WebhookEvent event;
  event.repository = ReadRepository(root);
  const std::string_view kind = KindOf(event_name, root);
  if (kind == "ping") {
    event.kind = WebhookKind::kPing;
  } else if (kind == "push" || kind == "tag_push") {
    if (IsCustomBody(root)) {
      event.kind = WebhookKind::kPush;
      event.any_ref = true;
      return event;
    }
    RETURN_IF_ERROR(ReadPush(root, event));
  } else if (kind == "merge_request") {
    RETURN_IF_ERROR(ReadMergeRequest(root, event));
  } else if (kind == "project_rename" || kind == "project_transfer") {
    event.kind = WebhookKind::kRepositoryMoved;
  }
  return event;
}

}  // namespace gitops
