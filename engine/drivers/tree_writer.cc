#include "engine/drivers/tree_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "engine/os/atomic_file.h"
#include "engine/os/beneath.h"
#include "engine/os/directory_tree.h"
#include "engine/os/private_directory.h"
#include "engine/os/read_file.h"
#include "engine/os/remove_tree.h"
#include "engine/os/system_error.h"

namespace gitops {
namespace {

constexpr mode_t kDirectoryMode = 0755;

mode_t ModeOf(const PlacedFile& file) {
  if (file.is_private) return 0600;
  return file.kind == EntryKind::kExecutable ? 0755 : 0644;
}

/// ".source.new" for ".../source", and so on.
std::string Beside(const std::string& path, const std::string& suffix) {
  const std::size_t slash = path.rfind('/');
  return path.substr(0, slash + 1) + "." + path.substr(slash + 1) + "." + suffix;
}

class Writer {
 public:
  Writer(int root, const FileTree& tree, const FileLimits& limits)
      : root_(root), tree_(tree), limits_(limits) {}

  Status Write(const std::string& path, const PlacedFile& file) {
    std::string name;
    ASSIGN_OR_RETURN(const UniqueFd parent, MakeParents(path, name));
    if (file.kind == EntryKind::kSymlink) {
      if (symlinkat(file.link_target.c_str(), parent.get(), name.c_str()) != 0) {
        return SystemError("cannot create a symbolic link", path, errno);
      }
      return {};
    }
    ASSIGN_OR_RETURN(const std::string bytes, tree_.Read(file.from, limits_.file_bytes));
    bytes_ += bytes.size();
    if (bytes_ > limits_.bytes) {
      return MakeError(ErrorKind::kInvalid, "the app has too many bytes",
                       "its files have more than " + std::to_string(limits_.bytes) + " bytes",
                       "keep large files outside Git and fetch them in setup.sh");
    }
    const UniqueFd fd(openat(parent.get(), name.c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd) return SystemError("cannot create a file", path, errno);
    RETURN_IF_ERROR(WriteAll(fd.get(), path, bytes));
    if (fchmod(fd.get(), ModeOf(file)) != 0) {
      return SystemError("cannot set the mode of a file", path, errno);
    }
    return {};
  }

 private:
  /// Opens the directory of `path`, making what is missing; `name` gets the last component.
  Result<UniqueFd> MakeParents(const std::string& path, std::string& name) {
    ASSIGN_OR_RETURN(UniqueFd at, OpenDirectoryBeneath(root_, ""));
    std::size_t begin = 0;
    for (std::size_t slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', begin)) {
      const std::string part = path.substr(begin, slash - begin);
      const bool made = mkdirat(at.get(), part.c_str(), kDirectoryMode) == 0;
      if (!made && errno != EEXIST) return SystemError("cannot make a directory", path, errno);
      UniqueFd next(
          openat(at.get(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!next || (made && fchmod(next.get(), kDirectoryMode) != 0)) {
        return SystemError("cannot make a directory", path, errno);
      }
      at = std::move(next);
      begin = slash + 1;
    }
    name = path.substr(begin);
    return at;
  }

  int root_;
  const FileTree& tree_;
  const FileLimits& limits_;
  std::size_t bytes_ = 0;
};

Status Build(const std::string& path, const std::map<std::string, PlacedFile>& files,
             const FileTree& tree, const FileLimits& limits, const std::stop_token& stop) {
  RETURN_IF_ERROR(MakePrivateDirectory(path));
  ASSIGN_OR_RETURN(const UniqueFd root, OpenDirectory(path));
  Writer writer(root.get(), tree, limits);
  for (const auto& [place, file] : files) {
    if (stop.stop_requested()) {
      return MakeError(ErrorKind::kCancelled, "stopped on request", "while files were written");
    }
    RETURN_IF_ERROR(writer.Write(place, file));
  }
  // One call for all files: they have to be there before the rename is.
  if (syncfs(root.get()) != 0) return SystemError("cannot sync a directory", path, errno);
  return {};
}

enum class Likeness { kSame, kOther, kMissing };

/// Compares the link `name` with the one that is to be there.
Result<Likeness> CompareLink(int directory, const std::string& name, const PlacedFile& file) {
  std::string target(file.link_target.size() + 1, '\0');  // One more shows a longer one.
  const ssize_t size = readlinkat(directory, name.c_str(), target.data(), target.size());
  if (size < 0) return errno == ENOENT ? Likeness::kMissing : Likeness::kOther;
  target.resize(static_cast<std::size_t>(size));
  return file.kind == EntryKind::kSymlink && target == file.link_target ? Likeness::kSame
                                                                        : Likeness::kOther;
}

/// Compares what stands at `place` with the file that is to be there. Links are not followed, and
/// only what is to be there is read: what hooks add costs nothing.
Result<Likeness> CompareFile(int root, const std::string& place, const PlacedFile& file,
                             const FileLimits& limits) {
  const std::size_t slash = place.rfind('/');
  const std::string name = slash == std::string::npos ? place : place.substr(slash + 1);
  const auto parent =
      OpenDirectoryBeneath(root, slash == std::string::npos ? "" : place.substr(0, slash));
  if (!parent) {
    const ErrorKind kind = parent.error().kind;
    if (kind == ErrorKind::kNotFound) return Likeness::kMissing;
    if (kind == ErrorKind::kInvalid) return Likeness::kOther;  // No directory, or a link to one.
    return parent.error();
  }
  struct stat status {};
  if (fstatat(parent->get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return Likeness::kMissing;
    return SystemError("cannot look at a file", place, errno);
  }
  if (S_ISLNK(status.st_mode)) return CompareLink(parent->get(), name, file);
  const EntryKind kind =
      (status.st_mode & S_IXUSR) != 0 ? EntryKind::kExecutable : EntryKind::kFile;
  const bool too_large = status.st_size > static_cast<off_t>(limits.file_bytes);
  if (!S_ISREG(status.st_mode) || kind != file.kind || too_large) return Likeness::kOther;
  const UniqueFd fd(
      openat(parent->get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd && errno == ENOENT) return Likeness::kMissing;
  if (!fd) return SystemError("cannot open a file", place, errno);
  ASSIGN_OR_RETURN(const std::string bytes, ReadAll(fd.get(), place, limits.file_bytes));
  return BlobId(bytes) == file.id ? Likeness::kSame : Likeness::kOther;
}

/// Puts `fresh` in the place of `path`; `fresh` then holds the old one, if there was any.
Status Exchange(const std::string& fresh, const std::string& path) {
  if (renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) == 0) return {};
  if (errno != ENOENT && errno != EINVAL && errno != ENOSYS) {
    return SystemError("cannot replace a directory", path, errno);
  }
  // There is no old one, or the file system cannot exchange: then two renames have to do.
  const std::string old = Beside(path, "old");
  if (rename(path.c_str(), old.c_str()) != 0 && errno != ENOENT) {
    return SystemError("cannot replace a directory", path, errno);
  }
  if (rename(fresh.c_str(), path.c_str()) != 0) {
    const int error_number = errno;
    rename(old.c_str(), path.c_str());
    return SystemError("cannot replace a directory", path, error_number);
  }
  return {};
}

}  // namespace

Status RemoveLeftovers(const std::string& path) {
  struct stat status {};
  const std::string old = Beside(path, "old");
  // Interrupted between the two renames: the old one is the only one.
  if (lstat(path.c_str(), &status) != 0 && errno == ENOENT) rename(old.c_str(), path.c_str());
  RETURN_IF_ERROR(RemoveTreeBeneath(old));
  return RemoveTreeBeneath(Beside(path, "new"));
}

Status ReplaceDirectory(const std::string& path, const std::map<std::string, PlacedFile>& files,
                        const FileTree& tree, const FileLimits& limits, std::stop_token stop,
                        std::optional<ChildUser> owner) {
  RETURN_IF_ERROR(RemoveLeftovers(path));
  const std::string fresh = Beside(path, "new");
  Status status = Build(fresh, files, tree, limits, stop);
  // Nobody else passes the directory until it is in its place, and then it is whole.
  if (status && owner) status = MakeOwnedDirectory(fresh, owner->user, owner->group);
  if (status) status = Exchange(fresh, path);
  if (status) status = SyncDirectory(ParentDirectory(path));
  const Status cleaned = RemoveLeftovers(path);
  return status ? cleaned : status;
}

Result<std::string> CompareDirectory(const std::string& path,
                                     const std::map<std::string, PlacedFile>& files,
                                     const std::set<std::string>& ignored, const FileLimits& limits,
                                     const std::stop_token& stop) {
  const auto root = OpenDirectory(path);
  if (!root) {
    if (root.error().kind == ErrorKind::kNotFound) return "\"" + path + "\" is missing";
    return root.error();
  }
  for (const auto& [place, file] : files) {
    if (ignored.contains(file.from)) continue;
    if (stop.stop_requested()) {
      return MakeError(ErrorKind::kCancelled, "stopped on request", "while files were compared");
    }
    ASSIGN_OR_RETURN(const Likeness likeness, CompareFile(root->get(), place, file, limits));
    if (likeness == Likeness::kMissing) return "the file " + place + " is missing";
    if (likeness == Likeness::kOther) return "the file " + place + " was changed";
  }
  return std::string();
}

}  // namespace gitops
