// WebhookEvent: what a webhook says, in the same words for every provider. All of it is a hint: it
// was authenticated, but nothing of it is ever fetched, run or used as a path. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/source.h"

namespace gitops {

enum class WebhookKind {
  kPush,             ///< Refs moved, came or went.
  kRefCreated,       ///< Only that: a delivery of its own beside the push.
  kRefDeleted,       ///< Likewise.
  kPullRequest,      ///< Or merge request.
  kPing,             ///< A test.
  kRepositoryMoved,  ///< Renamed or transferred: the configured URL may end to work.
  kOther,            ///< Authentic, and nothing that is followed.
};

/// "push", "ref_created", …: stored and shown.
std::string_view ToString(WebhookKind kind);

struct RefChange {
  RefKind kind = RefKind::kBranch;  ///< kBranch or kTag.
  std::string name;                 ///< Short: "main", "v1"; passed CheckRefName.
  std::string before;               ///< Hex, perhaps shortened; "" when there was none or unknown.
  std::string after;                ///< "" when it is gone, or unknown.
  bool created = false;
  bool deleted = false;
  bool forced = false;  ///< Only when the payload says so.

  bool operator==(const RefChange&) const = default;
};

/// The ways a payload names its repository; each may be missing.
struct WebhookRepository {
  std::string full_name;          ///< "acme/apps".
  std::string project_key;        ///< Bitbucket Data Center: "PRJ", "~user".
  std::string slug;               ///< Bitbucket Data Center.
  std::vector<std::string> urls;  ///< As written; never used but for matching.
  std::string default_branch;

  bool operator==(const WebhookRepository&) const = default;
};

enum class PullRequestPhase {
  kOpened,
  kUpdated,  ///< New commits.
  kReopened,
  kClosed,
  kMerged,
  kMetadata,  ///< Labels, title, reviews, …: the same commits.
  kUnknown,   ///< An action that this program does not know.
};

/// "opened", "updated", …: shown.
std::string_view ToString(PullRequestPhase phase);

struct PullRequest {
  PullRequestPhase phase = PullRequestPhase::kUnknown;
  std::int64_t number = 0;
  std::string head_commit;  ///< Hex, perhaps shortened; "" when unknown.
  std::string head_ref;     ///< As written: not checked.
  std::string base_ref;     ///< As written: not checked.
  std::optional<bool> from_fork;

  bool operator==(const PullRequest&) const = default;
};

struct WebhookEvent {
  WebhookKind kind = WebhookKind::kOther;
  std::string name;  ///< The provider's name of the event, as sent.
  std::optional<WebhookRepository> repository;
  std::vector<RefChange> changes;  ///< All refs of the delivery.
  /// The payload does not say which refs: each may have changed.
  bool any_ref = false;
  /// The files that a push changed, sorted; none: the payload cannot tell, so every path may have.
  std::optional<std::vector<std::string>> changed_files;
  std::optional<PullRequest> pull_request;
};

/// One line for people, at most 200 bytes, without control characters: "branch main
/// 1f0c2ab..2e1d3bc", "pull request 7 opened: fix -> main".
std::string Summarize(const WebhookEvent& event);

}  // namespace gitops
