// Payloads of Bitbucket Cloud.
#include <optional>

#include "sources/webhook_reading.h"

namespace gitops {
namespace {

/// The payload holds no URL for cloning; they are made from the name.
std::optional<WebhookRepository> ReadRepository(const JsonView& root) {
  const auto object = root.Object("repository");
  if (!object) return std::nullopt;
  WebhookRepository repository;
  repository.full_name = TextOrNothing(*object, "full_name");
  if (!repository.full_name.empty()) {
    repository.urls = {"https://bitbucket.org/" + repository.full_name + ".git",
                       "git@bitbucket.org:" + repository.full_name + ".git",
                       "https://bitbucket.org/" + repository.full_name};
  }
  return repository;
}

Result<std::string> ReadTarget(const std::optional<JsonView>& end) {
  const auto target = end ? end->Object("target") : std::nullopt;
  if (!target) return std::string();
  return ReadCommit("push.changes.target.hash", *target, "hash");
}

/// nullopt: neither a branch nor a tag (a bookmark).
Result<std::optional<RefChange>> ReadChange(const JsonView& entry) {
  const auto fresh = entry.Object("new");
  const auto old = entry.Object("old");
  if (!fresh && !old) return BadPayload("push.changes", "has an entry without old and new");
  const JsonView& end = fresh ? *fresh : *old;
  const auto type = end.Text("type");
  const auto name = end.Text("name");
  if (!type || !name) return BadPayload("push.changes", "has an entry without type or name");
  const bool tag = *type == "tag" || *type == "annotated_tag";
  if (!tag && *type != "branch" && *type != "named_branch") return std::optional<RefChange>();
  ASSIGN_OR_RETURN(RefChange change, ReadShortRef(tag ? RefKind::kTag : RefKind::kBranch, *name));
  ASSIGN_OR_RETURN(change.before, ReadTarget(old));
  ASSIGN_OR_RETURN(change.after, ReadTarget(fresh));
  change.created = !old;
  change.deleted = !fresh;
  change.forced = entry.Flag("forced").value_or(false);
  return std::optional<RefChange>(std::move(change));
}

Status ReadPush(const JsonView& root, WebhookEvent& event) {
  event.kind = WebhookKind::kPush;
  if (!event.repository) return BadPayload("repository", "is missing or no object");
  const auto push = root.Object("push");
  const auto changes = push ? push->List("changes") : std::nullopt;
  if (!changes) return BadPayload("push.changes", "is missing or no list");
  for (const JsonView& entry : *changes) {
    ASSIGN_OR_RETURN(auto change, ReadChange(entry));
    if (change) event.changes.push_back(*std::move(change));
  }
  if (event.changes.empty()) event.kind = WebhookKind::kOther;
  return {};
}

std::optional<PullRequestPhase> PhaseOf(std::string_view event_name) {
  if (event_name == "pullrequest:created") return PullRequestPhase::kOpened;
  if (event_name == "pullrequest:updated") return PullRequestPhase::kUpdated;
  if (event_name == "pullrequest:fulfilled") return PullRequestPhase::kMerged;
  if (event_name == "pullrequest:rejected") return PullRequestPhase::kClosed;
  for (const std::string_view known :
       {"pullrequest:approved", "pullrequest:unapproved", "pullrequest:changes_request_created",
        "pullrequest:changes_request_removed"}) {
    if (event_name == known) return PullRequestPhase::kMetadata;
  }
  return std::nullopt;
}

std::string BranchOf(const JsonView& side) {
  const auto branch = side.Object("branch");
  return branch ? TextOrNothing(*branch, "name") : std::string();
}

Status ReadPullRequest(const JsonView& root, PullRequestPhase phase, WebhookEvent& event) {
  event.kind = WebhookKind::kPullRequest;
  const auto object = root.Object("pullrequest");
  const auto from = object ? object->Object("source") : std::nullopt;
  const auto to = object ? object->Object("destination") : std::nullopt;
  if (!from || !to) return BadPayload("pullrequest", "or its source or destination is missing");
  PullRequest request;
  request.phase = phase;
  request.number = object->Number("id").value_or(0);
  if (const auto commit = from->Object("commit")) {
    ASSIGN_OR_RETURN(request.head_commit,
                     ReadCommit("pullrequest.source.commit.hash", *commit, "hash"));
  }
  request.head_ref = BranchOf(*from);
  request.base_ref = BranchOf(*to);
  const auto from_repository = from->Object("repository");
  const auto to_repository = to->Object("repository");
  if (from_repository && to_repository) {
    request.from_fork =
        TextOrNothing(*from_repository, "full_name") != TextOrNothing(*to_repository, "full_name");
  }
  event.pull_request = std::move(request);
  return {};
}

}  // namespace

Result<WebhookEvent> ReadBitbucket(std::string_view event_name, const JsonView& root) {
  WebhookEvent event;
  event.repository = ReadRepository(root);
  if (event_name == "diagnostics:ping") {
    event.kind = WebhookKind::kPing;
  } else if (event_name == "repo:push") {
    RETURN_IF_ERROR(ReadPush(root, event));
  } else if (const auto phase = PhaseOf(event_name)) {
    RETURN_IF_ERROR(ReadPullRequest(root, *phase, event));
  } else if (event_name == "repo:transfer") {
    event.kind = WebhookKind::kRepositoryMoved;
  }
  return event;
}

}  // namespace gitops
