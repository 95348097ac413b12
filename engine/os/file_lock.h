// FileLock: one process at a time, by flock(2). The kernel lets go when the process ends, however
// it ends; the file's content only says who holds it. Held as long as the object lives.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/os/unique_fd.h"

namespace gitops {

/// Who a lock file names.
struct LockHolder {
  pid_t pid = 0;
  std::string command;
};

class FileLock {
 public:
  /// Takes the lock at `path` (made with mode 0600) without waiting. `command` is what a refused
  /// process will be told about us, e.g. "tfgrid-compose reconcile". Errors: kConflict with pid,
  /// age and command of the holder; kInvalid, kTransient (cannot open or write the file).
  static Result<FileLock> Acquire(const std::string& path, const std::string& command,
                                  const Clock& clock);

  /// Whether a process holds the lock at `path`, whose holder need not be waited for or known.
  /// Takes nothing from a holder; false when there is no such file.
  static bool IsHeld(const std::string& path);

  /// The holder of the lock at `path`, when the file names a process that runs on this machine.
  static std::optional<LockHolder> HolderOf(const std::string& path);

  FileLock(FileLock&&) noexcept = default;
  FileLock& operator=(FileLock&&) noexcept = default;
  ~FileLock();

 private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace gitops
