#include "sources/libgit2_mirror.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "engine/base/suggest.h"
#include "engine/os/file_lock.h"
#include "engine/os/read_file.h"
#include "sources/git_tree.h"
#include "sources/local_tip.h"
#include "sources/mirror_files.h"
#include "sources/snapshot_refs.h"

namespace gitops {
namespace {

constexpr std::size_t kLargestToken = 64U << 10U;
constexpr std::chrono::minutes kConsolidationTimeout{10};

/// The value of a secret; one newline at the end of a file does not belong to it.
Result<Secret> Resolve(const SecretRef& ref) {
  if (!ref.file.empty()) {
    Result<std::string> text = ReadSmallFile(ref.file, kLargestToken);
    if (!text) return std::move(text).error().WithContext("auth.tokenFile");
    if (text->ends_with('\n')) text->pop_back();
    if (text->ends_with('\r')) text->pop_back();
    if (text->empty()) {
      return MakeError(ErrorKind::kInvalid, "token file is empty", ref.file,
                       "put a new token there: printf %s TOKEN > " + ref.file);
    }
    return Secret(*std::move(text));
  }
  const char* value = std::getenv(ref.variable.c_str());
  if (value == nullptr || *value == '\0') {
    return MakeError(ErrorKind::kInvalid, "token variable is not set",
                     "the engine's environment has no " + ref.variable);
  }
  return Secret(value);
}

std::string EnvironmentVariable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

LibGit2Mirror::LibGit2Mirror(MirrorOptions options, ProcessRunner& runner, const Clock& clock,
                             WorkCounters& counters)
    : options_(std::move(options)),
      library_(GitLibrary::Start()),
      clock_(clock),
      counters_(counters),
      remote_(options_.self_executable, runner, options_.child_memory_bytes) {}

LibGit2Mirror::~LibGit2Mirror() = default;

Status LibGit2Mirror::Check() const {
  if (!library_) return library_.error();
  return {};
}

std::string LibGit2Mirror::MirrorPath(const SourceSpec& source) const {
  return options_.state_dir + "/mirrors/" + source.name + ".git";
}

Result<LibGit2Mirror::SourceState*> LibGit2Mirror::StateOf(const SourceSpec& source) {
  RETURN_IF_ERROR(Check());
  if (!IsValidName(source.name)) {
    return MakeError(ErrorKind::kInvalid, "not a name for a source",
                     "\"" + source.name + "\": " + std::string(kNameRule));
  }
  const std::lock_guard lock(mutex_);
  std::unique_ptr<SourceState>& state = states_[source.name];
  if (state == nullptr) {
    state = std::make_unique<SourceState>();
    CleanMirror(*state, source);
  }
  return state.get();
}

/// What a process that was killed left in the mirror goes, when nobody works there.
void LibGit2Mirror::CleanMirror(SourceState& state, const SourceSpec& source) {
  const std::string mirror = MirrorPath(source);
  std::error_code error;
  if (!std::filesystem::exists(mirror, error)) {
    RemoveUnfinishedMirrors(mirror);
    return;
  }
  const std::lock_guard writing(state.writing);
  const auto fetch_lock = FileLock::Acquire(mirror + ".lock", "tfgrid-compose", clock_);
  const auto write_lock = FileLock::Acquire(mirror + ".write.lock", "tfgrid-compose", clock_);
  if (fetch_lock && write_lock) RemoveFetchLeftovers(mirror);
}

Result<std::shared_ptr<GitRepository>> LibGit2Mirror::Writer(SourceState& state,
                                                             const SourceSpec& source) {
  const std::lock_guard lock(state.opening);
  if (state.writer != nullptr) return state.writer;
  const std::string mirror = MirrorPath(source);
  RETURN_IF_ERROR(GitRepository::CreateBare(mirror));
  Result<std::shared_ptr<GitRepository>> opened = GitRepository::Open(mirror, &counters_);
  if (!opened) {
    // It was made by this engine: whatever is wrong with it is damage, not a missing repository.
    Error error = std::move(opened).error();
    error.kind = ErrorKind::kCorruption;
    error.diagnostics.front().hint =
        "look at it with: git -C " + mirror + " fsck; it also holds the snapshots of the source";
    return std::move(error).WithContext("the mirror of source " + source.name);
  }
  state.writer = *opened;
  return state.writer;
}

Result<std::shared_ptr<GitRepository>> LibGit2Mirror::Reader(SourceState& state,
                                                             const SourceSpec& source) {
  ASSIGN_OR_RETURN(const std::shared_ptr<GitRepository> writer, Writer(state, source));
  std::string path;
  if (!source.url.empty()) {
    ASSIGN_OR_RETURN(const ParsedUrl url, CheckSourceUrl(source.url));
    if (url.kind == UrlKind::kPath) path = url.path;
  }
  if (path.empty()) return writer;
  // A repository that is gone or broken leaves what the mirror holds: the snapshots.
  const Result<std::shared_ptr<GitRepository>> upstream = Upstream(state, path);
  const std::lock_guard lock(state.opening);
  if (state.reader != nullptr && state.reader_path == path) return state.reader;
  ASSIGN_OR_RETURN(const std::shared_ptr<GitRepository> reader,
                   GitRepository::Open(MirrorPath(source), &counters_));
  if (!upstream) return reader;
  RETURN_IF_ERROR(reader->AddAlternate((*upstream)->ObjectsDirectory()));
  state.reader = reader;
  state.reader_path = path;
  return reader;
}

Result<std::shared_ptr<GitRepository>> LibGit2Mirror::Upstream(SourceState& state,
                                                               const std::string& path) {
  const std::lock_guard lock(state.opening);
  const auto identity = [](const GitRepository& repository) {
    struct stat status {};
    const bool there = stat(repository.ObjectsDirectory().c_str(), &status) == 0;
    return there ? std::pair(status.st_dev, status.st_ino) : std::pair<dev_t, ino_t>();
  };
  if (state.upstream != nullptr && state.upstream_path == path &&
      identity(*state.upstream) == state.upstream_identity) {
    return state.upstream;  // Refs and new packs are looked up on disk each time.
  }
  state.upstream.reset();
  state.reader.reset();
  ASSIGN_OR_RETURN(state.upstream, GitRepository::Open(path, &counters_));
  state.upstream_path = path;
  state.upstream_identity = identity(*state.upstream);
  return state.upstream;
}

void LibGit2Mirror::DropHandles(SourceState& state) {
  const std::lock_guard lock(state.opening);
  state.reader.reset();
  state.writer.reset();
}

Result<Revision> LibGit2Mirror::Fetch(const SourceSpec& source, const Revision& known,
                                      std::stop_token stop) {
  ASSIGN_OR_RETURN(SourceState* const state, StateOf(source));
  ASSIGN_OR_RETURN(const ParsedUrl url, CheckSourceUrl(source.url));
  if (stop.stop_requested()) return MakeError(ErrorKind::kCancelled, "fetch was stopped");
  const std::lock_guard fetching(state->fetching);
  Result<Revision> revision = url.kind == UrlKind::kPath ? FetchPath(*state, source, url, known)
                                                         : FetchRemote(*state, source, known, stop);
  if (revision && revision->commit != known.commit) ConsolidateIfNeeded(*state, source, stop);
  return revision;
}

Result<Revision> LibGit2Mirror::FetchPath(SourceState& state, const SourceSpec& source,
                                          const ParsedUrl& url, const Revision& known) {
  Count(counters_.remote_queries);
  ASSIGN_OR_RETURN(const std::shared_ptr<GitRepository> upstream, Upstream(state, url.path));
  ASSIGN_OR_RETURN(const ObjectId tip,
                   ResolveTip(*upstream, source.ref_kind, source.ref, url.path));
  if (tip != known.commit) {
    // A new handle, so that packs which a gc over there replaced are not looked for any more.
    const std::lock_guard lock(state.opening);
    state.reader.reset();
  }
  return Revision{source.ref, tip};
}

Result<RemoteRequest> LibGit2Mirror::MakeRequest(const SourceSpec& source,
                                                 RemoteOperation operation) const {
  RemoteRequest request;
  request.operation = operation;
  request.mirror = MirrorPath(source);
  request.source = source.name;
  request.url = source.url;
  request.ref_kind = source.ref_kind;
  request.ref = source.ref;
  request.username = source.auth.username;
  if (source.auth.token) {
    ASSIGN_OR_RETURN(request.token, Resolve(*source.auth.token));
  }
  request.ssh_key_file = source.auth.ssh_key_file;
  request.known_hosts_file = source.auth.known_hosts_file;
  request.ca_file = source.auth.ca_file;
  request.system_ca_file = EnvironmentVariable("SSL_CERT_FILE");
  request.timeout = source.timeout;
  request.repository_bytes = options_.repository_bytes;
  return request;
}

Result<Revision> LibGit2Mirror::FetchRemote(SourceState& state, const SourceSpec& source,
                                            const Revision& known, std::stop_token stop) {
  ASSIGN_OR_RETURN(const std::shared_ptr<GitRepository> writer, Writer(state, source));
  ASSIGN_OR_RETURN(RemoteRequest request, MakeRequest(source, RemoteOperation::kFetch));
  request.known = known.commit;
  if (source.ref_kind == RefKind::kCommit && known.commit == ObjectId::FromHex(source.ref) &&
      writer->Contains(known.commit)) {
    return known;  // A commit does not move: there is nothing to ask.
  }
  Result<RemoteResponse> response = MakeError(ErrorKind::kTransient, "not fetched");
  {
    ASSIGN_OR_RETURN(const FileLock lock,
                     FileLock::Acquire(request.mirror + ".lock", "tfgrid-compose fetch", clock_));
    Count(counters_.remote_queries);
    response = remote_.Run(request, std::move(stop));
  }
  if (!response) {
    CleanMirror(state, source);
    return std::move(response).error();
  }
  if (response->transferred) Count(counters_.fetches);
  if (!writer->Contains(response->commit)) {
    return MakeError(ErrorKind::kCorruption, "fetched commit is not in the mirror",
                     response->commit.Hex() + " in " + request.mirror);
  }
  return Revision{source.ref, response->commit};
}

void LibGit2Mirror::ConsolidateIfNeeded(SourceState& state, const SourceSpec& source,
                                        std::stop_token stop) {
  const Result<std::shared_ptr<GitRepository>> writer = Writer(state, source);
  if (!writer || !NeedsConsolidation((*writer)->ObjectsDirectory(), options_.consolidation)) return;
  RemoteRequest request;
  request.operation = RemoteOperation::kConsolidate;
  request.mirror = MirrorPath(source);
  request.source = source.name;
  request.timeout = kConsolidationTimeout;
  request.repository_bytes = options_.repository_bytes;
  const auto lock =
      FileLock::Acquire(request.mirror + ".lock", "tfgrid-compose consolidation", clock_);
  // Only speed depends on it: after a failure everything is as it was, and the next fetch tries
  // again.
  if (lock && remote_.Run(request, std::move(stop))) DropHandles(state);
}

Result<ObjectId> LibGit2Mirror::TreeAt(const SourceSpec& source, const ObjectId& commit) {
  ASSIGN_OR_RETURN(SourceState* const state, StateOf(source));
  ASSIGN_OR_RETURN(const std::shared_ptr<GitRepository> reader, Reader(*state, source));
  ASSIGN_OR_RETURN(const ObjectId root, reader->TreeOfCommit(commit));
  if (source.path.empty() || source.path == ".") return root;
  const GitTree tree(reader, root);
  ASSIGN_OR_RETURN(const std::optional<TreeEntry> entry, tree.Find(source.path));
  if (entry && entry->kind == EntryKind::kDirectory) return entry->id;
  if (entry) {
    return MakeError(ErrorKind::kNotFound, "path of the source is not a folder",
                     "\"" + source.path + "\" is " + std::string(ToString(entry->kind)),
                     "set path: to the folder that holds the apps, or leave it out");
  }
  std::vector<std::string> folders;
  ASSIGN_OR_RETURN(const std::vector<TreeEntry> entries, tree.List(""));
  for (const TreeEntry& candidate : entries) {
    if (candidate.kind == EntryKind::kDirectory) folders.push_back(candidate.name);
  }
  return MakeError(ErrorKind::kNotFound, "path of the source not found",
                   "\"" + source.path + "\" is not in commit " + commit.Short(),
                   SuggestName(source.path, folders));
}

Result<std::shared_ptr<const FileTree>> LibGit2Mirror::Open(const SourceSpec& source,
                                                            const ObjectId& tree) {
  ASSIGN_OR_RETURN(SourceState* const state, StateOf(source));
  ASSIGN_OR_RETURN(const std::shared_ptr<GitRepository> reader, Reader(*state, source));
  ASSIGN_OR_RETURN(const auto header, reader->Header(tree));
  if (!header || header->first != ObjectType::kTree) {
    return MakeError(
        ErrorKind::kNotFound, "tree not found",
        tree.Hex() + " of source " + source.name + ": its repository is damaged or was made anew",
        reader->RepairHint());
  }
  return std::shared_ptr<const FileTree>(std::make_shared<GitTree>(reader, tree));
}

Result<std::vector<AppDirectory>> LibGit2Mirror::FindApps(const SourceSpec& source,
                                                          const ObjectId& tree) {
  ASSIGN_OR_RETURN(SourceState* const state, StateOf(source));
  ASSIGN_OR_RETURN(const std::shared_ptr<GitRepository> reader, Reader(*state, source));
  return FindAppDirectories(*reader, tree, source.path == "." ? "" : source.path,
                            options_.walk_limits);
}

Result<TreeComparison> LibGit2Mirror::Compare(const SourceSpec& source, const ObjectId& from,
                                              const ObjectId& to) {
  ASSIGN_OR_RETURN(SourceState* const state, StateOf(source));
  ASSIGN_OR_RETURN(const std::shared_ptr<GitRepository> reader, Reader(*state, source));
  return CompareTrees(*reader, from, to, source.path == "." ? "" : source.path,
                      options_.walk_limits);
}

Result<ObjectId> LibGit2Mirror::Import(const SourceSpec& source, const FileTree& files) {
  ASSIGN_OR_RETURN(SourceState* const state, StateOf(source));
  ASSIGN_OR_RETURN(const std::shared_ptr<GitRepository> writer, Writer(*state, source));
  const ObjectId tree = files.Id();
  if (writer->Contains(tree)) return tree;
  ASSIGN_OR_RETURN(const std::shared_ptr<GitRepository> reader, Reader(*state, source));
  const std::lock_guard writing(state->writing);
  ASSIGN_OR_RETURN(const FileLock lock, FileLock::Acquire(MirrorPath(source) + ".write.lock",
                                                          "tfgrid-compose import", clock_));
  // What the source's repository has is taken as it is: an old tree may not be written as we would.
  if (reader == writer || !reader->Contains(tree)) {
    return ImportFiles(files, *writer, options_.app_limits);
  }
  RETURN_IF_ERROR(CopyTree(*reader, *writer, tree, options_.app_limits));
  return tree;
}

Status LibGit2Mirror::WriteSnapshots(const SourceSpec& source, const std::string& environment,
                                     const std::vector<SnapshotRequest>& add,
                                     const std::vector<std::pair<AppId, int>>& drop) {
  ASSIGN_OR_RETURN(SourceState* const state, StateOf(source));
  ASSIGN_OR_RETURN(const std::shared_ptr<GitRepository> writer, Writer(*state, source));
  ASSIGN_OR_RETURN(const std::shared_ptr<GitRepository> reader, Reader(*state, source));
  const std::lock_guard writing(state->writing);
  ASSIGN_OR_RETURN(const FileLock lock, FileLock::Acquire(MirrorPath(source) + ".write.lock",
                                                          "tfgrid-compose snapshot", clock_));
  if (reader != writer) {
    TreesCopier trees(*reader, *writer, options_.app_limits);
    for (const SnapshotRequest& request : add) {
      for (const ObjectId& tree : {request.app_tree, request.pattern_tree}) {
        if (tree.IsZero()) continue;
        Status copied = trees.Add(tree);
        if (!copied) return std::move(copied).error().WithContext(request.app.ToString());
      }
    }
    RETURN_IF_ERROR(trees.Write());
  }
  return UpdateSnapshots(*writer, environment, add, drop, clock_);
}

}  // namespace gitops
