#include "sources/remote_session.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sources/fetch_quarantine.h"
#include "sources/git_error.h"
#include "sources/git_handle.h"
#include "sources/git_transport.h"
#include "sources/local_tip.h"
#include "sources/mirror_files.h"
#include "sources/ref_error.h"
#include "sources/remote_auth.h"
#include "sources/remote_error.h"
#include "sources/remote_notes.h"

namespace gitops {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;

/// What the callbacks of libgit2 reach through their payload.
struct Context {
  const RemoteRequest& request;
  RemoteAuth auth;
  RemoteNotes notes;
  std::chrono::steady_clock::time_point deadline;
  std::int64_t bytes_before = 0;
};

int OnCredential(git_credential** out, const char* url, const char* /*user*/, unsigned int allowed,
                 void* payload) {
  auto* context = static_cast<Context*>(payload);
  return context->auth.GiveCredential(out, url, allowed, context->notes);
}

int OnCertificate(git_cert* cert, int valid, const char* host, void* payload) {
  auto* context = static_cast<Context*>(payload);
  return context->auth.CheckCertificate(cert, valid != 0, host, context->notes);
}

int OnProgress(const git_indexer_progress* progress, void* payload) {
  auto* context = static_cast<Context*>(payload);
  const auto received = static_cast<std::int64_t>(progress->received_bytes);
  const std::int64_t limit = context->request.repository_bytes;
  context->notes.too_large = limit > 0 && context->bytes_before + received > limit;
  if (std::chrono::steady_clock::now() >= context->deadline) context->notes.deadline_over = true;
  return context->notes.too_large || context->notes.deadline_over ? -1 : 0;
}

int OnPushedRef(const char* /*name*/, const char* status, void* payload) {
  if (status != nullptr) static_cast<Context*>(payload)->notes.rejected = status;
  return 0;
}

git_remote_callbacks Callbacks(Context& context) {
  git_remote_callbacks callbacks{};
  git_remote_init_callbacks(&callbacks, GIT_REMOTE_CALLBACKS_VERSION);
  callbacks.credentials = OnCredential;
  callbacks.certificate_check = OnCertificate;
  callbacks.transfer_progress = OnProgress;
  callbacks.push_update_reference = OnPushedRef;
  callbacks.payload = &context;
  return callbacks;
}

/// A ref as the remote lists it.
struct RemoteRef {
  std::string name;
  ObjectId id;
};

class Session {
 public:
  /// What is downloaded goes into `repository`.
  Session(const RemoteRequest& request, ParsedUrl url, RemoteAuth auth, git_repository* repository,
          TimePoint deadline)
      : request_(request),
        url_(std::move(url)),
        repository_(repository),
        context_{
            request, std::move(auth), {}, deadline, BytesOfPacks(request.mirror + "/objects")} {
    if (url_.kind != UrlKind::kSsh) {
      transport_.emplace(StreamPolicy{url_.host, std::to_string(url_.EffectivePort()),
                                      context_.deadline, &context_.notes});
    }
  }

  Status Connect(git_direction direction) {
    // Nothing that stands in the mirror's configuration rewrites the URL.
    git_remote_create_options options{};
    git_remote_create_options_init(&options, GIT_REMOTE_CREATE_OPTIONS_VERSION);
    options.repository = repository_;
    options.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
    int code = git_remote_create_with_opts(git::Out(remote_), url_.text.c_str(), &options);
    if (code != 0) return GitError(code, "remote cannot be used", request_.url);
    code = TryConnect(direction, GIT_REMOTE_REDIRECT_NONE);
    if (code == 0) return {};
    const GitFailure failure = GitFailure::Last(code);
    if (IsRedirect(failure)) FindRedirectTarget(direction);
    return RemoteError(request_, url_, context_.notes, failure);
  }

  Result<std::vector<RemoteRef>> ListRefs() {
    const git_remote_head** heads = nullptr;
    std::size_t count = 0;
    const int code = git_remote_ls(&heads, &count, remote_.get());
    if (code != 0) return Failed(code);
    std::vector<RemoteRef> refs;
    refs.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      refs.push_back({heads[i]->name, git::FromOid(heads[i]->oid)});
    }
    return refs;
  }

  Status Download(const std::vector<std::string>& specs) {
    std::vector<char*> raw;
    for (const std::string& spec : specs) raw.push_back(const_cast<char*>(spec.c_str()));
    const git_strarray array{raw.data(), raw.size()};
    git_fetch_options options{};
    git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
    options.callbacks = Callbacks(context_);
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
    options.proxy_opts.type = GIT_PROXY_NONE;
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    const int code = git_remote_download(remote_.get(), &array, &options);
    if (code != 0) return Failed(code);
    return {};
  }

  Status Upload(const std::string& spec) {
    char* raw = const_cast<char*>(spec.c_str());
    const git_strarray array{&raw, 1};
    git_push_options options{};
    git_push_options_init(&options, GIT_PUSH_OPTIONS_VERSION);
    options.callbacks = Callbacks(context_);
    options.proxy_opts.type = GIT_PROXY_NONE;
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    const int code = git_remote_upload(remote_.get(), &array, &options);
    if (code != 0) return Failed(code);
    if (context_.notes.rejected.empty()) return {};
    return MakeError(ErrorKind::kInvalid, "push was refused",
                     request_.ref + ": " + context_.notes.rejected,
                     "allow the credential of source " + request_.source + " to push to " +
                         request_.ref + ", or revert by hand");
  }

 private:
  int TryConnect(git_direction direction, git_remote_redirect_t redirects) {
    git_remote_connect_options options{};
    git_remote_connect_options_init(&options, GIT_REMOTE_CONNECT_OPTIONS_VERSION);
    options.callbacks = Callbacks(context_);
    options.proxy_opts.type = GIT_PROXY_NONE;
    options.follow_redirects = redirects;
    return git_remote_connect_ext(remote_.get(), direction, &options);
  }

  /// Asks again and lets libgit2 follow, to learn where to: our sockets note the new address and
  /// refuse it, so nothing is sent there.
  void FindRedirectTarget(git_direction direction) {
    const int code = TryConnect(direction, GIT_REMOTE_REDIRECT_INITIAL);
    context_.notes.redirect_problem = GitFailure::Last(code).message;
  }

  Error Failed(int code) {
    return RemoteError(request_, url_, context_.notes, GitFailure::Last(code));
  }

  const RemoteRequest& request_;
  ParsedUrl url_;
  git_repository* repository_;
  Context context_;
  std::optional<ScopedGitTransport> transport_;
  git::RemoteHandle remote_;  ///< Before the transport goes.
};

const RemoteRef* FindRef(const std::vector<RemoteRef>& refs, const std::string& name) {
  for (const RemoteRef& ref : refs) {
    if (ref.name == name) return &ref;
  }
  return nullptr;
}

std::vector<std::string> Names(const std::vector<RemoteRef>& refs) {
  std::vector<std::string> names;
  for (const RemoteRef& ref : refs) names.push_back(ref.name);
  return names;
}

/// Points refs/sources/<source> to a commit that is here now.
Result<RemoteResponse> Finish(const RemoteRequest& request, GitRepository& mirror,
                              const ObjectId& tip, bool transferred) {
  ASSIGN_OR_RETURN(const ObjectId commit, PeelToCommit(mirror, tip, request.ref_kind, request.ref));
  RETURN_IF_ERROR(mirror.WriteRef("refs/sources/" + request.source, commit));
  return RemoteResponse{commit, transferred};
}

/// True when the commit is here and held by the source's ref, so that nothing is to do.
bool IsHeld(const RemoteRequest& request, GitRepository& mirror, const ObjectId& commit) {
  const auto held = mirror.ReadRef("refs/sources/" + request.source);
  return held && *held == commit && mirror.Contains(commit);
}

Error NotSent(const RemoteRequest& request, const std::string& what) {
  return MakeError(ErrorKind::kTransient, "server did not send what was asked for",
                   RedactUrl(request.url) + ": " + what + " is not in what it sent",
                   "look at the repository on the server: git fsck --full");
}

/// Takes what was downloaded into the mirror, when `tip` leads to a commit with its tree.
Status Admit(const RemoteRequest& request, FetchQuarantine& quarantine, const ObjectId& tip) {
  ASSIGN_OR_RETURN(const auto both, GitRepository::Open(request.mirror, nullptr));
  RETURN_IF_ERROR(both->AddAlternate(quarantine.objects()));
  if (!both->Contains(tip)) return NotSent(request, request.ref + " → " + tip.Hex());
  ASSIGN_OR_RETURN(const ObjectId commit, PeelToCommit(*both, tip, request.ref_kind, request.ref));
  ASSIGN_OR_RETURN(const ObjectId tree, both->TreeOfCommit(commit));
  if (!both->Contains(tree)) return NotSent(request, "tree " + tree.Hex());
  return quarantine.Keep();
}

Result<RemoteResponse> FetchNamedRef(const RemoteRequest& request, GitRepository& mirror,
                                     FetchQuarantine& quarantine, Session& session,
                                     const std::vector<RemoteRef>& refs) {
  const std::string name = FullRefName(request.ref_kind, request.ref);
  const RemoteRef* ref = FindRef(refs, name);
  if (ref == nullptr) {
    return RefMissing(request.ref_kind, request.ref, Names(refs), request.url);
  }
  const RemoteRef* peeled = FindRef(refs, name + "^{}");  // What an annotated tag names.
  const ObjectId tip = peeled != nullptr ? peeled->id : ref->id;
  if (IsHeld(request, mirror, tip)) return RemoteResponse{tip, false};
  const bool present = mirror.Contains(tip);
  if (!present) {
    RETURN_IF_ERROR(session.Download({"+" + name + ":refs/sources/" + request.source}));
    RETURN_IF_ERROR(Admit(request, quarantine, tip));
  }
  return Finish(request, mirror, tip, !present);
}

/// A session that is connected, in place: a session is not movable, its callbacks point into it.
Status Open(std::optional<Session>& session, const RemoteRequest& request,
            git_repository* repository, git_direction direction, TimePoint deadline,
            TrustedCertificates& trusted) {
  session.reset();  // There is one transport in a process.
  ASSIGN_OR_RETURN(ParsedUrl url, CheckSourceUrl(request.url));
  ASSIGN_OR_RETURN(RemoteAuth auth, RemoteAuth::Prepare(request, url, trusted));
  session.emplace(request, std::move(url), std::move(auth), repository, deadline);
  return session->Connect(direction);
}

Result<RemoteResponse> FetchCommit(const RemoteRequest& request, GitRepository& mirror,
                                   FetchQuarantine& quarantine, std::optional<Session>& session,
                                   const std::vector<RemoteRef>& refs, TimePoint deadline,
                                   TrustedCertificates& trusted) {
  const std::optional<ObjectId> id = ObjectId::FromHex(request.ref);
  if (!id || id->IsZero()) {
    return MakeError(ErrorKind::kInvalid, "not a commit id",
                     "\"" + request.ref + "\": 40 lower-case hex digits are needed");
  }
  if (refs.empty()) return RefMissing(request.ref_kind, request.ref, {}, request.url);
  if (mirror.Contains(*id)) return Finish(request, mirror, *id, false);
  // Many servers give out any commit when it is asked for by its id; the others refuse. Then all
  // branches and tags are brought, and it has to be on one of them.
  const Status direct = session->Download({request.ref + ":refs/sources/" + request.source});
  if (!direct || !Admit(request, quarantine, *id)) {
    RETURN_IF_ERROR(
        Open(session, request, quarantine.repository(), GIT_DIRECTION_FETCH, deadline, trusted));
    RETURN_IF_ERROR(session->ListRefs());
    RETURN_IF_ERROR(session->Download(
        {"+refs/heads/*:refs/remotes/all/*", "+refs/tags/*:refs/remotes/tags/*"}));
    // All of it is the repository's own, also when the commit is not among it.
    RETURN_IF_ERROR(quarantine.Keep());
  }
  if (mirror.Contains(*id)) return Finish(request, mirror, *id, true);
  return RefMissing(request.ref_kind, request.ref, Names(refs), request.url);
}

}  // namespace

Result<RemoteResponse> FetchFromRemote(const RemoteRequest& request, GitRepository& mirror,
                                       TrustedCertificates& trusted) {
  if (request.ref_kind != RefKind::kCommit) RETURN_IF_ERROR(CheckRefName(request.ref));
  const TimePoint deadline = std::chrono::steady_clock::now() + request.timeout;
  ASSIGN_OR_RETURN(FetchQuarantine quarantine, FetchQuarantine::Start(request.mirror));
  std::optional<Session> session;  // It uses the quarantine's repository.
  RETURN_IF_ERROR(
      Open(session, request, quarantine.repository(), GIT_DIRECTION_FETCH, deadline, trusted));
  ASSIGN_OR_RETURN(const std::vector<RemoteRef> refs, session->ListRefs());
  return request.ref_kind == RefKind::kCommit
             ? FetchCommit(request, mirror, quarantine, session, refs, deadline, trusted)
             : FetchNamedRef(request, mirror, quarantine, *session, refs);
}

Result<RemoteResponse> PushToRemote(const RemoteRequest& request, GitRepository& mirror,
                                    TrustedCertificates& trusted) {
  RETURN_IF_ERROR(CheckRefName(request.ref));
  const TimePoint deadline = std::chrono::steady_clock::now() + request.timeout;
  const std::string local = "refs/pushes/" + request.source;
  RETURN_IF_ERROR(mirror.WriteRef(local, request.commit));
  std::optional<Session> session;
  Status pushed = Open(session, request, mirror.raw(), GIT_DIRECTION_PUSH, deadline, trusted);
  if (pushed) pushed = session->Upload(local + ":refs/heads/" + request.ref);
  (void)mirror.DeleteRef(local).has_value();  // The next push overwrites it anyway.
  if (!pushed) return pushed.error();
  return RemoteResponse{request.commit, true};
}

}  // namespace gitops
