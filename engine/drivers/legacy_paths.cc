#include "engine/drivers/legacy_paths.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <memory>
#include <set>
#include <string_view>

#include "engine/os/read_file.h"

namespace gitops {
namespace {

constexpr const char* kTmp = "/tmp";
constexpr const char* kDeploymentPath = "/tmp/app-deployment";
constexpr const char* kSourcePath = "/tmp/app-source";
constexpr std::array<const char*, 2> kPaths{kDeploymentPath, kSourcePath};

constexpr std::size_t kMaxScript = 256 * 1024;
constexpr int kMaxFiles = 200;
constexpr int kMaxDepth = 8;
constexpr std::size_t kMaxMountInfo = 8 * 1024 * 1024;

bool Names(const FileTree& tree, const std::string& path) {
  const auto bytes = tree.Read(path, kMaxScript);
  return bytes && (bytes->find(kDeploymentPath) != std::string::npos ||
                   bytes->find(kSourcePath) != std::string::npos);
}

bool AnyNames(const FileTree& tree, const std::string& directory, int depth, int& files) {
  const auto entries = tree.List(directory);
  if (!entries || depth > kMaxDepth) return false;
  for (const TreeEntry& entry : *entries) {
    if (++files > kMaxFiles) return false;
    const std::string path = directory + "/" + entry.name;
    if (entry.kind == EntryKind::kDirectory ? AnyNames(tree, path, depth + 1, files)
                                            : Names(tree, path)) {
      return true;
    }
  }
  return false;
}

/// A directory of root that nobody else may write to, and no link to one.
bool IsOurs(const char* path) {
  struct stat status {};
  return lstat(path, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == 0 &&
         (status.st_mode & 0022) == 0;
}

/// Calls `visit` with the text of /proc/<pid>/mountinfo once for each mount namespace; ends when it
/// returns true, and returns that.
template <typename Visit>
bool AnyMountNamespace(Visit&& visit) {
  DIR* raw = opendir("/proc");
  if (raw == nullptr) return true;  // Not known: then rather nothing is removed.
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(raw, closedir);
  std::set<std::string> seen;
  for (const dirent* entry = readdir(raw); entry != nullptr; entry = readdir(raw)) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    const std::string process = std::string("/proc/") + entry->d_name;
    char name[PATH_MAX];
    const ssize_t size = readlink((process + "/ns/mnt").c_str(), name, sizeof name);
    if (size <= 0 || !seen.emplace(name, static_cast<std::size_t>(size)).second) continue;
    const auto text = ReadSmallFile(process + "/mountinfo", kMaxMountInfo);
    if (text && visit(*text)) return true;
  }
  return false;
}

bool IsMountedUpon() {
  return AnyMountNamespace([](const std::string& mounts) {
    for (const char* path : kPaths) {
      // The mount point is the fifth field of a line (proc(5)).
      if (mounts.find(std::string(" ") + path + " ") != std::string::npos) return true;
    }
    return false;
  });
}

/// Who removes the directories holds its lock for a moment only. Anybody may lock /tmp, so this
/// does not wait for ever.
bool TakeShared(int fd) {
  constexpr int kTries = 100;
  for (int tries = 0; tries < kTries; ++tries) {
    if (flock(fd, LOCK_SH | LOCK_NB) == 0) return true;
    poll(nullptr, 0, 20);
  }
  return false;
}

UniqueFd OpenTmp() { return UniqueFd(open(kTmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC)); }

}  // namespace

bool NamesLegacyPaths(const FileTree& tree, const std::string& script) {
  int files = 0;
  return Names(tree, script) || AnyNames(tree, "deployment", 0, files);
}

std::optional<LegacyMountPoints> LegacyMountPoints::Acquire(StepLog& log) {
  const auto without = [&](const std::string& why) {
    log.Note("a script names /tmp/app-deployment or /tmp/app-source, which are not there: " + why +
             "; use TFGRID_DEPLOYMENT_DIR and TFGRID_SOURCE_DIR");
    return std::nullopt;
  };
  if (geteuid() != 0) return without("that needs root");
  UniqueFd lock = OpenTmp();
  if (!lock || !TakeShared(lock.get())) return without("/tmp is locked");
  for (const char* path : kPaths) {
    if (mkdir(path, 0755) == 0) chmod(path, 0755);
    if (!IsOurs(path)) return without(std::string(path) + " belongs to something else");
  }
  return LegacyMountPoints(std::move(lock));
}

std::vector<BindMount> LegacyMountPoints::MountsFor(const AppDirectories& directories) {
  return {{directories.deployment, kDeploymentPath}, {directories.source, kSourcePath}};
}

void RemoveUnusedLegacyMountPoints() {
  if (geteuid() != 0 || (!IsOurs(kDeploymentPath) && !IsOurs(kSourcePath))) return;
  // Nobody can be between making the directories and mounting something upon them.
  const UniqueFd lock = OpenTmp();
  if (!lock || flock(lock.get(), LOCK_EX | LOCK_NB) != 0 || IsMountedUpon()) return;
  for (const char* path : kPaths) {
    if (IsOurs(path)) rmdir(path);
  }
}

}  // namespace gitops
