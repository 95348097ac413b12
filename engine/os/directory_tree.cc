#include "engine/os/directory_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "engine/model/git_object.h"
#include "engine/os/beneath.h"
#include "engine/os/read_file.h"
#include "engine/os/system_error.h"

namespace gitops {
namespace {

std::string Join(std::string_view directory, std::string_view name) {
  if (directory.empty()) return std::string(name);
  return std::string(directory) + "/" + std::string(name);
}

bool IsGitDirectory(std::string_view name) {
  return name.size() == 4 && strncasecmp(name.data(), ".git", 4) == 0;
}

Result<std::string> ReadLink(int directory, const std::string& name) {
  char target[PATH_MAX];
  const ssize_t size = readlinkat(directory, name.c_str(), target, sizeof target);
  if (size < 0) return SystemError("cannot read a symbolic link", name, errno);
  return std::string(target, static_cast<std::size_t>(size));
}

Error Over(const std::string& what) {
  return MakeError(ErrorKind::kInvalid, "the directory is too large", what,
                   "keep build results and data outside the directory of the app");
}

}  // namespace

ObjectId BlobId(std::string_view bytes) { return GitObjectId("blob", bytes); }

bool GitOrder(const TreeEntry& a, const TreeEntry& b) {
  const auto key = [](const TreeEntry& entry) {
    return entry.kind == EntryKind::kDirectory ? entry.name + "/" : entry.name;
  };
  return key(a) < key(b);
}

ObjectId TreeId(const std::vector<TreeEntry>& entries) {
  std::string bytes;
  for (const TreeEntry& entry : entries) {
    bytes += GitMode(entry.kind);
    bytes += ' ';
    bytes += entry.name;
    bytes += '\0';
    bytes.append(reinterpret_cast<const char*>(entry.id.bytes().data()), ObjectId::kSize);
  }
  return GitObjectId("tree", bytes);
}

/// Reads everything once, depth first.
class DirectoryTree::Reader {
 public:
  Reader(DirectoryTree& tree, const DirectoryTreeLimits& limits) : tree_(tree), limits_(limits) {}

  /// Returns the id of the directory `fd`, which is at `path`; zero when there is nothing in it.
  Result<ObjectId> ReadDirectory(int fd, const std::string& path, int depth) {
    if (depth > limits_.depth) {
      return Over("\"" + path + "\" is more than " + std::to_string(limits_.depth) +
                  " directories deep");
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> names, Names(fd, path));
    std::vector<TreeEntry> entries;
    for (const std::string& name : names) {
      ASSIGN_OR_RETURN(std::optional<TreeEntry> entry, ReadEntry(fd, path, name, depth));
      if (entry) entries.push_back(std::move(*entry));
    }
    std::sort(entries.begin(), entries.end(), GitOrder);
    const ObjectId id = TreeId(entries);
    if (entries.empty() && !path.empty()) return ObjectId();
    tree_.directories_.emplace(path, std::move(entries));
    return id;
  }

 private:
  Result<std::vector<std::string>> Names(int fd, const std::string& path) {
    const int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* raw = copy < 0 ? nullptr : fdopendir(copy);
    if (raw == nullptr) return SystemError("cannot read a directory", path, errno);
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(raw, closedir);
    std::vector<std::string> names;
    for (const dirent* item = readdir(raw); item != nullptr; item = readdir(raw)) {
      const std::string_view name = item->d_name;
      if (name == "." || name == ".." || IsGitDirectory(name)) continue;
      if (++files_ > limits_.files) {
        return Over("there are more than " + std::to_string(limits_.files) + " files");
      }
      names.emplace_back(name);
    }
    return names;
  }

  Result<std::optional<TreeEntry>> ReadEntry(int fd, const std::string& path,
                                             const std::string& name, int depth) {
    const std::string full = Join(path, name);
    struct stat status {};
    if (fstatat(fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return std::optional<TreeEntry>();  // Gone since it was listed.
      return SystemError("cannot read a file", full, errno);
    }
    TreeEntry entry{name, EntryKind::kFile, {}};
    if (S_ISDIR(status.st_mode)) {
      entry.kind = EntryKind::kDirectory;
      const UniqueFd child(
          openat(fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!child) return SystemError("cannot open a directory", full, errno);
      ASSIGN_OR_RETURN(entry.id, ReadDirectory(child.get(), full, depth + 1));
      if (entry.id.IsZero()) return std::optional<TreeEntry>();
    } else if (S_ISLNK(status.st_mode)) {
      entry.kind = EntryKind::kSymlink;
      ASSIGN_OR_RETURN(const std::string target, ReadLink(fd, name));
      entry.id = BlobId(target);
    } else if (S_ISREG(status.st_mode)) {
      if ((status.st_mode & S_IXUSR) != 0) entry.kind = EntryKind::kExecutable;
      ASSIGN_OR_RETURN(entry.id, ReadFile(fd, full, name));
    } else {
      return std::optional<TreeEntry>();
    }
    return std::optional<TreeEntry>(std::move(entry));
  }

  Result<ObjectId> ReadFile(int fd, const std::string& full, const std::string& name) {
    const UniqueFd file(openat(fd, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file) return SystemError("cannot open a file", full, errno);
    ASSIGN_OR_RETURN(const std::string bytes, ReadAll(file.get(), full, limits_.file_bytes));
    bytes_ += bytes.size();
    if (bytes_ > limits_.bytes) {
      return Over("all files together have more than " + std::to_string(limits_.bytes) + " bytes");
    }
    return BlobId(bytes);
  }

  DirectoryTree& tree_;
  const DirectoryTreeLimits& limits_;
  std::size_t files_ = 0;
  std::size_t bytes_ = 0;
};

Result<std::unique_ptr<DirectoryTree>> DirectoryTree::Open(const std::string& path,
                                                           const DirectoryTreeLimits& limits) {
  ASSIGN_OR_RETURN(UniqueFd root, OpenDirectory(path));
  const int fd = root.get();
  std::unique_ptr<DirectoryTree> tree(new DirectoryTree(std::move(root)));
  ASSIGN_OR_RETURN(tree->root_id_, Reader(*tree, limits).ReadDirectory(fd, "", 0));
  return tree;
}

Result<std::vector<TreeEntry>> DirectoryTree::List(std::string_view directory) const {
  const auto found = directories_.find(directory);
  if (found == directories_.end()) {
    return MakeError(ErrorKind::kNotFound, "no such directory",
                     "\"" + std::string(directory) + "\" is not there");
  }
  return found->second;
}

Result<std::optional<TreeEntry>> DirectoryTree::Find(std::string_view path) const {
  if (path.empty()) return std::optional(TreeEntry{"", EntryKind::kDirectory, root_id_});
  const std::size_t slash = path.rfind('/');
  const bool at_top = slash == std::string_view::npos;
  const auto found = directories_.find(at_top ? std::string_view() : path.substr(0, slash));
  if (found == directories_.end()) return std::optional<TreeEntry>();
  const std::string_view name = at_top ? path : path.substr(slash + 1);
  for (const TreeEntry& entry : found->second) {
    if (entry.name == name) return std::optional(entry);
  }
  return std::optional<TreeEntry>();
}

Result<std::string> DirectoryTree::Read(std::string_view path, std::size_t limit) const {
  const std::string full(path);
  ASSIGN_OR_RETURN(const std::optional<TreeEntry> entry, Find(path));
  if (!entry || entry->kind == EntryKind::kDirectory) {
    return MakeError(ErrorKind::kNotFound, "no such file", "\"" + full + "\" is not there");
  }
  std::string bytes;
  if (entry->kind == EntryKind::kSymlink) {
    const std::size_t slash = full.rfind('/');
    ASSIGN_OR_RETURN(
        const UniqueFd parent,
        OpenDirectoryBeneath(root_.get(), slash == std::string::npos ? "" : full.substr(0, slash)));
    ASSIGN_OR_RETURN(bytes, ReadLink(parent.get(), entry->name));
  } else {
    ASSIGN_OR_RETURN(const UniqueFd file, OpenFileBeneath(root_.get(), path, O_RDONLY));
    ASSIGN_OR_RETURN(bytes, ReadAll(file.get(), full, limit));
  }
  if (bytes.size() > limit) {
    return MakeError(ErrorKind::kInvalid, "file too large",
                     "\"" + full + "\" has more than " + std::to_string(limit) + " bytes");
  }
  if (BlobId(bytes) != entry->id) {
    return MakeError(ErrorKind::kTransient, "file changed while it was read",
                     "\"" + full + "\" was written to in the meantime", "run the command again");
  }
  return bytes;
}

}  // namespace gitops
