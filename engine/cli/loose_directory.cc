#include "engine/cli/loose_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "engine/os/read_file.h"
#include "engine/os/system_error.h"
#include "engine/os/unique_fd.h"

namespace gitops {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

std::optional<EntryKind> KindOf(const struct stat& info) {
  if (S_ISLNK(info.st_mode)) return EntryKind::kSymlink;
  if (S_ISDIR(info.st_mode)) return EntryKind::kDirectory;
  if (!S_ISREG(info.st_mode)) return std::nullopt;  // Git knows no devices or sockets.
  return (info.st_mode & S_IXUSR) != 0 ? EntryKind::kExecutable : EntryKind::kFile;
}

std::string NameOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

}  // namespace

std::string LooseDirectory::Path(std::string_view path) const {
  return path.empty() ? root_ : root_ + "/" + std::string(path);
}

Result<std::optional<EntryKind>> LooseDirectory::Look(std::string_view path) const {
  if (const auto known = seen_.find(path); known != seen_.end()) return known->second;
  const std::string full = Path(path);
  struct stat info {};
  std::optional<EntryKind> kind;
  if (lstat(full.c_str(), &info) == 0) {
    kind = KindOf(info);
  } else if (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG) {
    return SystemError("cannot look at a file", full, errno);
  }
  seen_.emplace(path, kind);
  return kind;
}

Result<std::optional<TreeEntry>> LooseDirectory::Find(std::string_view path) const {
  for (std::size_t end = 0;;) {
    end = path.find('/', end == 0 ? 0 : end + 1);
    ASSIGN_OR_RETURN(const std::optional<EntryKind> kind, Look(path.substr(0, end)));
    if (!kind) return std::optional<TreeEntry>();
    if (end == std::string_view::npos) {
      return std::optional<TreeEntry>(TreeEntry{NameOf(path), *kind, ObjectId()});
    }
    if (kind != EntryKind::kDirectory) return std::optional<TreeEntry>();
  }
}

Result<std::vector<TreeEntry>> LooseDirectory::List(std::string_view directory) const {
  const std::string path = Path(directory);
  const std::unique_ptr<DIR, CloseDirectory> open(opendir(path.c_str()));
  if (!open) return SystemError("cannot list a directory", path, errno);
  std::vector<TreeEntry> entries;
  while (const dirent* item = readdir(open.get())) {
    const std::string_view name = item->d_name;
    if (name == "." || name == ".." || name == ".git") continue;
    // Most file systems tell a directory from a file; whether it can be executed tells only stat().
    std::optional<EntryKind> kind;
    if (item->d_type == DT_DIR) {
      kind = EntryKind::kDirectory;
    } else {
      struct stat info {};
      if (fstatat(dirfd(open.get()), item->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
        continue;  // Removed in between.
      }
      kind = KindOf(info);
    }
    if (kind) entries.push_back({std::string(name), *kind, ObjectId()});
  }
  std::sort(entries.begin(), entries.end(),
            [](const TreeEntry& a, const TreeEntry& b) { return a.name < b.name; });
  return entries;
}

Result<std::string> LooseDirectory::Read(std::string_view path, std::size_t limit) const {
  ASSIGN_OR_RETURN(const std::optional<TreeEntry> entry, Find(path));
  const std::string full = Path(path);
  if (!entry) return SystemError("cannot read a file", full, ENOENT);
  if (entry->kind == EntryKind::kSymlink) {
    std::array<char, 4096> target{};
    const ssize_t size = readlink(full.c_str(), target.data(), target.size());
    if (size < 0) return SystemError("cannot read a link", full, errno);
    return std::string(target.data(), static_cast<std::size_t>(size));
  }
  const UniqueFd fd(open(full.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) return SystemError("cannot read a file", full, errno);
  return ReadAll(fd.get(), full, limit);
}

}  // namespace gitops
