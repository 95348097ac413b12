// What the readers of the providers' payloads share: refs, commits, lists of files. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "sources/webhook_event.h"
#include "sources/webhook_json.h"

namespace gitops {

/// kInvalid, "not a payload of this event": `part` is the one that is wrong, `why` says how.
Error BadPayload(std::string_view part, std::string_view why);

/// "refs/heads/main" → branch main, "refs/tags/v1" → tag v1. nullopt: another kind of ref, which
/// no source follows. Errors: kInvalid: no name Git would allow.
Result<std::optional<RefChange>> ReadFullRef(std::string_view ref);

/// A short name ("main") of a known kind. Errors: kInvalid.
Result<RefChange> ReadShortRef(RefKind kind, std::string_view name);

/// A commit id: 40 or 64 hex digits, or 7 and more where a provider shortens it. "" for zeros and
/// for one that is missing. Errors: kInvalid.
Result<std::string> ReadCommit(std::string_view part, const JsonView& object,
                               std::string_view name);

/// Sets before, after, created and deleted from a push's two ids.
Status ReadEnds(const JsonView& object, std::string_view before, std::string_view after,
                RefChange& change);

/// The union of commits[].{added,modified,removed}. None when it does not tell everything: the ref
/// is new, gone or was forced, a list is missing or not of texts, or there are fewer commits than
/// `total`.
std::optional<std::vector<std::string>> ReadChangedFiles(const JsonView& push,
                                                         const RefChange& change,
                                                         std::optional<std::int64_t> total);

/// The text of a field that may be missing.
std::string TextOrNothing(const JsonView& object, std::string_view name);

// The readers, one for each family of payloads.
Result<WebhookEvent> ReadGitHubFamily(std::string_view event, const JsonView& root);
Result<WebhookEvent> ReadGitLab(std::string_view event, const JsonView& root);
Result<WebhookEvent> ReadBitbucket(std::string_view event, const JsonView& root);
Result<WebhookEvent> ReadBitbucketServer(std::string_view event, const JsonView& root);
Result<WebhookEvent> ReadGeneric(std::string_view event, const JsonView& root);

}  // namespace gitops
