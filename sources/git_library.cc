#include "sources/git_library.h"

#include <git2.h>

#include <string>
#include <utility>

#include "sources/git_error.h"
#include "sources/system_certificates.h"

namespace gitops {
namespace {

constexpr std::size_t kMappedLimit = std::size_t{1} << 30U;
constexpr std::size_t kLargestPackedObject = std::size_t{256} << 20U;

Status CheckVersion() {
  int major = 0;
  int minor = 0;
  int patch = 0;
  git_libgit2_version(&major, &minor, &patch);
  const auto number = [](int a, int b, int c) { return a * 1'000'000 + b * 1'000 + c; };
  if (number(major, minor, patch) < number(1, 5, 1)) {
    return MakeError(ErrorKind::kInvalid, "libgit2 is too old",
                     "version " + std::to_string(major) + "." + std::to_string(minor) + "." +
                         std::to_string(patch) + " accepts any SSH host key; 1.5.1 is needed",
                     "apt-get install --only-upgrade 'libgit2-1*'");
  }
  if ((git_libgit2_features() & GIT_FEATURE_THREADS) == 0) {
    return MakeError(ErrorKind::kInvalid, "libgit2 was built without threads");
  }
  return {};
}

Status SetOptions() {
  int failed = 0;
  const auto check = [&](int code) { failed |= code; };
  for (const int level : {GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL,
                          GIT_CONFIG_LEVEL_PROGRAMDATA}) {
    check(git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, ""));
  }
  check(git_libgit2_opts(GIT_OPT_SET_TEMPLATE_PATH, ""));
  // GitRepository compares every object with its id itself, several times as fast.
  check(git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0));
  check(git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 1));
  check(git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1));
  check(git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0));
  check(git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0));
  check(git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, kMappedLimit));
  check(git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS, std::size_t{50'000'000}));
#ifdef TFGRID_COMPOSE_GIT_PACK_MAX_OBJECT_SIZE
  check(git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECT_SIZE, kLargestPackedObject));
#else
  (void)kLargestPackedObject;
#endif
  // Extensions that do not change how refs and objects are read.
  const char* extensions[] = {"worktreeconfig", "preciousobjects", "noop"};
  check(git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, std::size(extensions)));
  if (failed != 0) {
    return MakeError(ErrorKind::kInvalid, "libgit2 could not be set up", LastGitMessage());
  }
  return {};
}

}  // namespace

Result<GitLibrary> GitLibrary::Start() {
  {
    const CertificatesUnread unread;
    if (git_libgit2_init() < 0) {
      return MakeError(ErrorKind::kInvalid, "libgit2 could not be started", LastGitMessage());
    }
  }
  GitLibrary library;
  RETURN_IF_ERROR(CheckVersion());
  RETURN_IF_ERROR(SetOptions());
  return library;
}

GitLibrary::GitLibrary(GitLibrary&& other) noexcept : owner_(std::exchange(other.owner_, false)) {}

GitLibrary::~GitLibrary() {
  if (owner_) git_libgit2_shutdown();
}

}  // namespace gitops
