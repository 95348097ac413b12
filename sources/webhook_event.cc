#include "sources/webhook_event.h"

#include "engine/base/check.h"
#include "engine/base/redactor.h"

namespace gitops {
namespace {

constexpr std::size_t kLongestSummary = 200;
constexpr std::size_t kShownRefs = 3;
constexpr std::size_t kShortCommit = 7;

std::string DescribeChange(const RefChange& change) {
  std::string text = change.kind == RefKind::kTag ? "tag " : "branch ";
  text += change.name;
  if (change.deleted) return text + " deleted";
  if (change.created) text += " created";
  if (change.after.empty()) return text;
  text += " ";
  if (!change.before.empty()) text += change.before.substr(0, kShortCommit) + "..";
  return text + change.after.substr(0, kShortCommit);
}

std::string DescribeChanges(const WebhookEvent& event) {
  if (event.any_ref || event.changes.empty()) return "any ref";
  std::string text;
  for (std::size_t i = 0; i < event.changes.size() && i < kShownRefs; ++i) {
    if (i > 0) text += ", ";
    text += DescribeChange(event.changes[i]);
  }
  if (event.changes.size() > kShownRefs) {
    text += " and " + std::to_string(event.changes.size() - kShownRefs) + " more refs";
  }
  return text;
}

std::string DescribePullRequest(const PullRequest& request) {
  return "pull request " + std::to_string(request.number) + " " +
         std::string(ToString(request.phase)) + ": " + request.head_ref + " -> " + request.base_ref;
}

std::string Describe(const WebhookEvent& event) {
  switch (event.kind) {
    case WebhookKind::kPush:
    case WebhookKind::kRefCreated:
    case WebhookKind::kRefDeleted:
      return DescribeChanges(event);
    case WebhookKind::kPullRequest:
      return event.pull_request ? DescribePullRequest(*event.pull_request) : "pull request";
    case WebhookKind::kPing:
      return "ping";
    case WebhookKind::kRepositoryMoved:
      return "the repository was renamed or moved";
    case WebhookKind::kOther:
      return event.name.empty() ? "an event without a name" : "event " + event.name;
  }
  CHECK(false);
}

}  // namespace

std::string_view ToString(WebhookKind kind) {
  switch (kind) {
    case WebhookKind::kPush:
      return "push";
    case WebhookKind::kRefCreated:
      return "ref_created";
    case WebhookKind::kRefDeleted:
      return "ref_deleted";
    case WebhookKind::kPullRequest:
      return "pull_request";
    case WebhookKind::kPing:
      return "ping";
    case WebhookKind::kRepositoryMoved:
      return "repository_moved";
    case WebhookKind::kOther:
      return "other";
  }
  CHECK(false);
}

std::string_view ToString(PullRequestPhase phase) {
  switch (phase) {
    case PullRequestPhase::kOpened:
      return "opened";
    case PullRequestPhase::kUpdated:
      return "updated";
    case PullRequestPhase::kReopened:
      return "reopened";
    case PullRequestPhase::kClosed:
      return "closed";
    case PullRequestPhase::kMerged:
      return "merged";
    case PullRequestPhase::kMetadata:
      return "metadata";
    case PullRequestPhase::kUnknown:
      return "unknown_action";
  }
  CHECK(false);
}

std::string Summarize(const WebhookEvent& event) {
  std::string text = EscapeLine(Describe(event));
  if (text.size() <= kLongestSummary) return text;
  // Not in the middle of a character.
  std::size_t end = kLongestSummary - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

}  // namespace gitops
