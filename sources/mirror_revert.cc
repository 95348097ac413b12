// The part of LibGit2Mirror that puts a commit onto a source's branch: for a rollback that Git is
// to follow.
#include <unistd.h>

#include <optional>
#include <utility>

#include "engine/os/file_lock.h"
#include "sources/libgit2_mirror.h"
#include "sources/local_tip.h"
#include "sources/ref_error.h"
#include "sources/revert_commit.h"

namespace gitops {

Result<Revision> LibGit2Mirror::PushRevert(const SourceSpec& source, const std::string& directory,
                                           const ObjectId& tree, const std::string& message,
                                           std::stop_token stop) {
  ASSIGN_OR_RETURN(SourceState* const state, StateOf(source));
  ASSIGN_OR_RETURN(const ParsedUrl url, CheckSourceUrl(source.url));
  if (source.ref_kind != RefKind::kBranch) {
    return MakeError(ErrorKind::kInvalid, "only a branch can be reverted",
                     "source " + source.name + " follows the " +
                         std::string(NameOf(source.ref_kind)) + " " + source.ref);
  }
  return url.kind == UrlKind::kPath
             ? RevertOnPath(*state, source, url, directory, tree, message)
             : RevertOnRemote(*state, source, directory, tree, message, std::move(stop));
}

Result<Revision> LibGit2Mirror::RevertOnPath(SourceState& state, const SourceSpec& source,
                                             const ParsedUrl& url, const std::string& directory,
                                             const ObjectId& tree, const std::string& message) {
  ASSIGN_OR_RETURN(const std::shared_ptr<GitRepository> reader, Reader(state, source));
  ASSIGN_OR_RETURN(const std::shared_ptr<GitRepository> upstream, Upstream(state, url.path));
  const std::string ref = FullRefName(RefKind::kBranch, source.ref);
  ASSIGN_OR_RETURN(const bool checked_out, upstream->IsCheckedOut(ref));
  if (checked_out) {
    return MakeError(ErrorKind::kInvalid, "branch is checked out",
                     url.path + " is a working repository on " + source.ref +
                         ": a new commit would not appear in its files",
                     "git -C " + url.path +
                         " revert <commit>, or let the source use a bare "
                         "repository");
  }
  if (access(upstream->ObjectsDirectory().c_str(), W_OK) != 0) {
    return MakeError(ErrorKind::kInvalid, "repository is not writable", url.path);
  }
  ASSIGN_OR_RETURN(const ObjectId tip,
                   ResolveTip(*upstream, source.ref_kind, source.ref, url.path));
  RETURN_IF_ERROR(CopyTree(*reader, *upstream, tree, options_.app_limits));
  ASSIGN_OR_RETURN(const std::optional<ObjectId> commit,
                   WriteRevertCommit(*upstream, tip, directory, tree, message, clock_.Now()));
  if (!commit) return Revision{source.ref, tip};
  RETURN_IF_ERROR(upstream->WriteRef(ref, *commit, tip));
  return Revision{source.ref, *commit};
}

Result<Revision> LibGit2Mirror::RevertOnRemote(SourceState& state, const SourceSpec& source,
                                               const std::string& directory, const ObjectId& tree,
                                               const std::string& message, std::stop_token stop) {
  const std::lock_guard fetching(state.fetching);
  ASSIGN_OR_RETURN(const Revision tip, FetchRemote(state, source, Revision{}, stop));
  ASSIGN_OR_RETURN(const std::shared_ptr<GitRepository> writer, Writer(state, source));
  ASSIGN_OR_RETURN(RemoteRequest request, MakeRequest(source, RemoteOperation::kPush));
  ASSIGN_OR_RETURN(const std::optional<ObjectId> commit,
                   WriteRevertCommit(*writer, tip.commit, directory, tree, message, clock_.Now()));
  if (!commit) return tip;
  request.commit = *commit;
  ASSIGN_OR_RETURN(const FileLock lock,
                   FileLock::Acquire(request.mirror + ".lock", "tfgrid-compose push", clock_));
  Count(counters_.remote_queries);
  RETURN_IF_ERROR(remote_.Run(request, std::move(stop)));
  return Revision{source.ref, *commit};
}

}  // namespace gitops
