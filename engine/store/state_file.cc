#include "engine/store/state_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace gitops {
namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

Error SystemError(const std::string& action, const std::string& path, int number) {
  const std::string detail = action + " " + path + ": " + std::strerror(number);
  if (number == ENOSPC || number == EDQUOT) {
    return MakeError(ErrorKind::kTransient, "disk full", detail,
                     "make room on its file system: df -h " + DirectoryOf(path));
  }
  if (number == EEXIST) {
    return MakeError(ErrorKind::kConflict, "the file exists already", detail,
                     "choose another name, or move it away");
  }
  return MakeError(ErrorKind::kTransient, "a file of the state cannot be used", detail,
                   "check who may read and write it: ls -la " + DirectoryOf(path));
}

Status Sync(const std::string& path, int flags) {
  const FileDescriptor file(open(path.c_str(), flags | O_CLOEXEC));
  if (!file.ok()) return SystemError("opening", path, errno);
  if (fsync(file.get()) != 0) return SystemError("syncing", path, errno);
  return {};
}

Status SyncDirectoryOf(const std::string& path) {
  return Sync(DirectoryOf(path), O_RDONLY | O_DIRECTORY);
}

std::string BaseName(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

Status CheckOwnerAndMode(const std::string& path, const struct stat& info) {
  const std::string text = "the state can be changed by other users";
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return MakeError(ErrorKind::kInvalid, text, path + " is writable by its group or by everybody",
                     "chmod go-w " + path);
  }
  if (info.st_uid != geteuid() && info.st_uid != 0) {
    return MakeError(ErrorKind::kInvalid, text,
                     path + " belongs to user " + std::to_string(info.st_uid) + ", this is user " +
                         std::to_string(geteuid()),
                     "run as that user, or: chown " + std::to_string(geteuid()) + " " + path);
  }
  return {};
}

std::uint32_t BigEndian32(const unsigned char* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | std::uint32_t{bytes[3]};
}

Error Damaged(const std::string& path, const std::string& why) {
  return MakeError(ErrorKind::kCorruption, "the state database is damaged", path + ": " + why,
                   "keep a copy of the file, then restore a backup: tfgrid-compose restore FILE "
                   "(docs/state.md)");
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

std::string DirectoryOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<bool> FileExists(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) == 0) return true;
  if (errno == ENOENT) return false;
  return SystemError("looking at", path, errno);
}

Result<std::uint64_t> SizeOfFile(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return std::uint64_t{0};
    return SystemError("looking at", path, errno);
  }
  return static_cast<std::uint64_t>(info.st_size);
}

Result<std::string> ResolvePath(const std::string& path) {
  std::array<char, PATH_MAX> resolved{};
  if (realpath(path.c_str(), resolved.data()) != nullptr) return std::string(resolved.data());
  if (errno != ENOENT) return SystemError("looking at", path, errno);
  const std::string directory = DirectoryOf(path);
  if (realpath(directory.c_str(), resolved.data()) != nullptr) {
    const std::string parent(resolved.data());
    return (parent == "/" ? "" : parent) + "/" + BaseName(path);
  }
  if (errno != ENOENT) return SystemError("looking at", directory, errno);
  return MakeError(ErrorKind::kNotFound, "the state directory does not exist", directory,
                   "mkdir -p -m 700 " + directory);
}

bool IsNetworkFileSystem(std::uint64_t type) {
  // Values of statfs(2), f_type: NFS, SMB, CIFS, SMB2.
  return type == 0x6969 || type == 0x517b || type == 0xff534d42 || type == 0xfe534d42;
}

Status CheckSafePlace(const std::string& path) {
  const std::string directory = DirectoryOf(path);
  struct stat info {};
  if (stat(directory.c_str(), &info) != 0) return SystemError("looking at", directory, errno);
  RETURN_IF_ERROR(CheckOwnerAndMode(directory, info));
  struct statfs file_system {};
  if (statfs(directory.c_str(), &file_system) != 0) {
    return SystemError("looking at", directory, errno);
  }
  if (IsNetworkFileSystem(static_cast<std::uint32_t>(file_system.f_type))) {
    return MakeError(ErrorKind::kInvalid, "the state database lies on a network file system",
                     directory + " is on NFS or SMB, where a database may be damaged",
                     "put the state directory on a local disk: --state-dir DIR");
  }
  if (lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return {};
    return SystemError("looking at", path, errno);
  }
  if (!S_ISREG(info.st_mode)) {
    return MakeError(ErrorKind::kInvalid, "the state database is not a regular file", path,
                     "ls -l " + path);
  }
  return CheckOwnerAndMode(path, info);
}

Status CheckHeader(const std::string& path) {
  static constexpr std::string_view kMagic("SQLite format 3\0", 16);
  static constexpr std::size_t kHeaderSize = 100;
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) return SystemError("opening", path, errno);
  std::array<unsigned char, kHeaderSize> header{};
  const ssize_t size = pread(file.get(), header.data(), header.size(), 0);
  if (size < 0) return SystemError("reading", path, errno);
  if (size == 0) return Damaged(path, "it is empty");
  if (static_cast<std::size_t>(size) < kMagic.size() ||
      std::memcmp(header.data(), kMagic.data(), kMagic.size()) != 0) {
    return Damaged(path, "it does not begin like a SQLite database");
  }
  if (static_cast<std::size_t>(size) < kHeaderSize) return Damaged(path, "it is cut off");

  // While there is a write-ahead log, its pages may have to go to the end of the file first.
  ASSIGN_OR_RETURN(const std::uint64_t log_size, SizeOfFile(path + "-wal"));
  if (log_size != 0) return {};
  std::uint64_t page_size = std::uint64_t{header[16]} << 8 | header[17];
  if (page_size == 1) page_size = 65536;
  const std::uint64_t pages = BigEndian32(&header[28]);
  ASSIGN_OR_RETURN(const std::uint64_t file_size, SizeOfFile(path));
  if (file_size < page_size * pages) {
    return Damaged(path, "it is cut off: " + std::to_string(file_size) + " of " +
                             std::to_string(page_size * pages) + " bytes are there");
  }
  return {};
}

Status CheckNothingLost(const std::string& path) {
  struct DirectoryCloser {
    void operator()(DIR* directory) const { closedir(directory); }
  };
  const std::string directory = DirectoryOf(path);
  const std::unique_ptr<DIR, DirectoryCloser> stream(opendir(directory.c_str()));
  if (!stream) return SystemError("listing", directory, errno);
  const std::string base = BaseName(path);
  while (const dirent* entry = readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name == base + ".restoring") {
      return MakeError(ErrorKind::kCorruption, "a restore was interrupted",
                       directory + "/" + name + " is there, " + path + " is not",
                       "run it again: tfgrid-compose restore FILE");
    }
    if (name == base + "-wal" || name == base + "-journal" ||
        StartsWith(name, base + ".before-v") || StartsWith(name, base + ".replaced-")) {
      return MakeError(ErrorKind::kCorruption, "the state database is gone",
                       path + " does not exist, but " + name + " beside it does",
                       "restore a backup: tfgrid-compose restore FILE; to begin with nothing, "
                       "move " +
                           directory + "/" + name + " away");
    }
  }
  return {};
}

Status RemoveFile(const std::string& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return SystemError("removing", path, errno);
  return {};
}

Status CreateEmptyFile(const std::string& path) {
  const FileDescriptor file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.ok()) return SystemError("creating", path, errno);
  return {};
}

Status PublishFile(const std::string& from, const std::string& to) {
  RETURN_IF_ERROR(Sync(from, O_RDONLY));
  // link(2) refuses an existing name, which rename(2) would replace.
  if (link(from.c_str(), to.c_str()) != 0) return SystemError("creating", to, errno);
  RETURN_IF_ERROR(RemoveFile(from));
  return SyncDirectoryOf(to);
}

Status ReplaceFile(const std::string& from, const std::string& to) {
  RETURN_IF_ERROR(Sync(from, O_RDONLY));
  if (rename(from.c_str(), to.c_str()) != 0) return SystemError("moving", from, errno);
  return SyncDirectoryOf(to);
}

Status CopyFile(const std::string& from, const std::string& to) {
  const FileDescriptor source(open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source.ok()) return SystemError("opening", from, errno);
  const FileDescriptor target(
      open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!target.ok()) return SystemError("creating", to, errno);
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t size = read(source.get(), buffer.data(), buffer.size());
    if (size < 0) return SystemError("reading", from, errno);
    if (size == 0) break;
    for (ssize_t done = 0; done < size;) {
      const ssize_t written =
          write(target.get(), buffer.data() + done, static_cast<std::size_t>(size - done));
      if (written < 0) return SystemError("writing", to, errno);
      done += written;
    }
  }
  if (fsync(target.get()) != 0) return SystemError("syncing", to, errno);
  return {};
}

Status CopyDatabase(Connection& connection, const std::string& to) {
  ASSIGN_OR_RETURN(const auto query_only, connection.Number("PRAGMA query_only"));
  RETURN_IF_ERROR(CreateEmptyFile(to));
  // SQLite accepts an empty file as the target and keeps its mode. It counts the copy as a write,
  // although nothing happens to the database itself.
  Status status = connection.Execute("PRAGMA query_only = OFF");
  if (status) status = connection.Run("VACUUM INTO ?", to);
  (void)connection.Execute("PRAGMA query_only = " + std::to_string(query_only.value_or(0)));
  if (status) status = Sync(to, O_RDONLY);
  if (status) status = SyncDirectoryOf(to);
  if (!status) (void)RemoveFile(to);
  return status;
}

}  // namespace gitops
