// Commit statuses: how each forge is told that a commit is being applied, runs, or does not. Pure.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/model/notification.h"
#include "engine/model/source.h"
#include "engine/os/web_client.h"

namespace gitops {

/// Targets of the outbox that are forges: "commit-status/<source>".
std::string CommitStatusTarget(const std::string& source);
/// The source of such a target; "" for another.
std::string SourceOfTarget(std::string_view target);

/// "tfgrid-compose/production/web": one for each app and environment; at most 255 characters.
std::string StatusContext(const AppId& app);

/// The request that sets the state. REQUIRES: source.commit_status, and a notification that is a
/// state of a commit of an app. Errors: kInvalid (the repository's address does not say where at
/// the forge it is).
///
/// GitHub https://docs.github.com/en/rest/commits/statuses · GitLab
/// https://docs.gitlab.com/api/commits/#set-commit-pipeline-status · Gitea, Forgejo
/// https://docs.gitea.com/api/ (repoCreateStatus) · Bitbucket Cloud
/// https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commit-statuses/ · Bitbucket Data
/// Center https://developer.atlassian.com/server/bitbucket/rest/ (builds of a commit)
Result<WebRequest> CommitStatusRequest(const SourceSpec& source, const Notification& notification,
                                       const Secret& token);

/// Whether a refusal means that the forge has this state already: GitLab refuses to set it again.
bool IsAlreadySet(const std::string& provider, const WebResponse& response);

}  // namespace gitops
