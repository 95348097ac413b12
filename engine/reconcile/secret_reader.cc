#include "engine/reconcile/secret_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace gitops {
namespace {

constexpr std::size_t kMostBytes = 128 * 1024;

/// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Result<Secret> Checked(std::string value, const std::string& where) {
  if (!value.empty() && value.back() == '\n') value.pop_back();
  if (value.empty()) {
    return MakeError(ErrorKind::kInvalid, "a secret is empty", where + " holds no value",
                     "put the value there; one newline at its end is not part of it");
  }
  if (value.find('\0') != std::string::npos) {
    return MakeError(ErrorKind::kInvalid, "a secret holds a NUL byte",
                     where + ": environment variables cannot carry NUL bytes");
  }
  return Secret(std::move(value));
}

Result<Secret> ReadFile(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) {
    const int error = errno;
    return MakeError(error == ENOENT ? ErrorKind::kNotFound : ErrorKind::kInvalid,
                     "a secret cannot be read", path + ": " + std::strerror(error),
                     error == ENOENT ? "make the file with mode 0600"
                                     : "check its owner and mode: ls -l " + path);
  }
  struct stat info {};
  if (fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return MakeError(ErrorKind::kInvalid, "a secret cannot be read",
                     path + " is not a regular file");
  }
  if (static_cast<std::size_t>(info.st_size) > kMostBytes) {
    return MakeError(ErrorKind::kInvalid, "a secret is too large",
                     path + " holds more than 128 KiB");
  }
  std::string value;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t count = read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return MakeError(ErrorKind::kTransient, "a secret cannot be read",
                       path + ": " + std::strerror(errno));
    }
    if (count == 0) break;
    value.append(buffer.data(), static_cast<std::size_t>(count));
    if (value.size() > kMostBytes) {
      return MakeError(ErrorKind::kInvalid, "a secret is too large",
                       path + " holds more than 128 KiB");
    }
  }
  return Checked(std::move(value), path);
}

}  // namespace

Result<Secret> SystemSecretReader::Read(const SecretRef& ref) {
  if (!ref.file.empty()) return ReadFile(ref.file);
  const char* value = std::getenv(ref.variable.c_str());
  if (value == nullptr) {
    return MakeError(ErrorKind::kNotFound, "a secret cannot be read",
                     "the environment variable " + ref.variable + " is not set",
                     "export " + ref.variable + "=… before starting tfgrid-compose");
  }
  return Checked(value, "the environment variable " + ref.variable);
}

}  // namespace gitops
