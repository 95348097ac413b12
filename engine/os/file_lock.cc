#include "engine/os/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <map>
#include <string_view>

#include "engine/base/timestamp.h"
#include "engine/os/atomic_file.h"
#include "engine/os/boot_id.h"
#include "engine/os/read_file.h"
#include "engine/os/system_error.h"

namespace gitops {
namespace {

constexpr std::size_t kMaxLockFile = 4096;
constexpr std::size_t kMaxCommand = 200;

/// The lines "key: value" of a lock file.
std::map<std::string, std::string> ParseHolder(std::string_view text) {
  std::map<std::string, std::string> fields;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos) {
      fields[std::string(line.substr(0, colon))] = std::string(line.substr(colon + 2));
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return fields;
}

Error Held(int fd, const std::string& path, const Clock& clock) {
  std::map<std::string, std::string> holder;
  // The holder may be about to write its lines: what is missing is left out.
  if (const auto text = ReadAll(fd, path, kMaxLockFile)) holder = ParseHolder(*text);
  std::string detail = "process " + (holder.contains("pid") ? holder["pid"] : "(unknown)");
  if (!holder["command"].empty()) detail += " (" + holder["command"] + ")";
  detail += " holds \"" + path + "\"";
  if (const auto started = ParseTimestamp(holder["started"])) {
    detail += " since " + holder["started"] + " (" + FormatDuration(clock.Now() - *started) + ")";
  }
  if (holder["command"].ends_with(" serve")) {
    return MakeError(
        ErrorKind::kConflict, "a daemon works on the state", detail,
        "it does by itself what Git says, and commands that only look go on beside it: "
        "tfgrid-compose status");
  }
  return MakeError(ErrorKind::kConflict, "the state is locked by another process", detail,
                   holder.contains("pid")
                       ? "wait for it to end, or look at it with `ps -fp " + holder["pid"] + "`"
                       : "wait for it to end");
}

/// True when the process that a lock file names runs on this machine, as far as we can see it.
bool IsRunning(const std::map<std::string, std::string>& holder) {
  const auto pid = holder.find("pid");
  const auto boot = holder.find("boot");
  if (pid == holder.end() || boot == holder.end() || boot->second != BootId()) return false;
  return access(("/proc/" + pid->second).c_str(), F_OK) == 0;
}

std::string Describe(const std::string& command, const Clock& clock) {
  std::string line = command.substr(0, kMaxCommand);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return "pid: " + std::to_string(getpid()) + "\nboot: " + BootId() +
         "\nstarted: " + FormatTimestamp(clock.Now()) + "\ncommand: " + line + "\n";
}

}  // namespace

Result<FileLock> FileLock::Acquire(const std::string& path, const std::string& command,
                                   const Clock& clock) {
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return SystemError("cannot open the lock file", path, errno);
  while (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK) return Held(fd.get(), path, clock);
    return SystemError("cannot lock a file", path, errno);
  }
  if (ftruncate(fd.get(), 0) != 0) return SystemError("cannot write the lock file", path, errno);
  RETURN_IF_ERROR(WriteAll(fd.get(), path, Describe(command, clock)));
  return FileLock(std::move(fd));
}

bool FileLock::IsHeld(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return false;
  if (const auto text = ReadAll(fd.get(), path, kMaxLockFile)) {
    if (IsRunning(ParseHolder(*text))) return true;
  }
  // Nobody that we can see; the holder may be in another container. Only the kernel knows for sure,
  // and asking it keeps others out for a moment: so this comes last.
  if (flock(fd.get(), LOCK_SH | LOCK_NB) != 0) return errno == EWOULDBLOCK || errno == EINTR;
  return false;
}

std::optional<LockHolder> FileLock::HolderOf(const std::string& path) {
  const auto text = ReadSmallFile(path, kMaxLockFile);
  if (!text) return std::nullopt;
  const auto fields = ParseHolder(*text);
  if (!IsRunning(fields)) return std::nullopt;
  const std::string& number = fields.at("pid");
  LockHolder holder;
  const char* end = number.data() + number.size();
  const auto read = std::from_chars(number.data(), end, holder.pid);
  if (read.ec != std::errc() || read.ptr != end || holder.pid <= 0) return std::nullopt;
  if (const auto command = fields.find("command"); command != fields.end()) {
    holder.command = command->second;
  }
  return holder;
}

FileLock::~FileLock() {
  // An empty file names nobody; the file itself stays, since removing it would race with others.
  if (fd_ && ftruncate(fd_.get(), 0) != 0) return;
}

}  // namespace gitops
