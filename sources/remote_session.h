// RemoteSession: one fetch or push with libgit2, in the fetch child. Single-threaded.
#pragma once

#include "engine/base/result.h"
#include "sources/fetch_wire.h"
#include "sources/git_repository.h"
#include "sources/trusted_certificates.h"

namespace gitops {

/// Asks the remote for the tip of the request's ref. Equal to `known` and present in the mirror:
/// done. Else fetches that ref alone, without tags, and points refs/sources/<source> to it. Errors:
/// as GitMirror::Fetch.
Result<RemoteResponse> FetchFromRemote(const RemoteRequest& request, GitRepository& mirror,
                                       TrustedCertificates& trusted);

/// Pushes the request's commit to its branch, never forced. Errors: as GitMirror::PushRevert.
Result<RemoteResponse> PushToRemote(const RemoteRequest& request, GitRepository& mirror,
                                    TrustedCertificates& trusted);

}  // namespace gitops
