// Nursery: a program that is started once and forks a copy of itself for each job. What every copy
// would begin with (loading and linking libraries, reading certificates) is done once, before.
// A copy is a child of the engine itself, as if it had been started: its limits, its deadline and
// its end are the runner's. The nursery gets to see what its copies are started with, never their
// standard input. Both ends are here: the engine's (Nursery, thread-safe) and the program's
// (ServeNursery, single-threaded).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/os/child_start.h"
#include "engine/os/unique_fd.h"

namespace gitops {

class Nursery {
 public:
  /// Starts the program of `spec` with the connection as its standard input. REQUIRES: the calling
  /// thread stays for as long as children run, since the kernel ends them with it. Errors: those of
  /// StartChild.
  static Result<std::unique_ptr<Nursery>> Start(const ProcessSpec& spec);

  ~Nursery();
  Nursery(const Nursery&) = delete;
  Nursery& operator=(const Nursery&) = delete;

  pid_t pid() const { return pid_; }

  /// Whether a copy is what starting `spec` would give.
  bool Serves(const ProcessSpec& spec) const { return spec.argv == argv_ && !gone_.load(); }

  /// As StartChild, without a program that is loaded. Errors: kTransient; after one nothing is
  /// served any more.
  Result<pid_t> Fork(const ProcessSpec& spec, const ChildStreams& streams) const;

  /// The next copies have another layout of memory: after one that was ended by a signal, so that
  /// what made it crash learns nothing of those that come.
  void Renew() const;

 private:
  Nursery(UniqueFd connection, pid_t pid, std::vector<std::string> argv)
      : connection_(std::move(connection)), pid_(pid), argv_(std::move(argv)) {}

  Result<pid_t> GiveUp(const std::string& why) const;

  mutable std::mutex mutex_;  ///< One question at a time.
  const UniqueFd connection_;
  const pid_t pid_;
  const std::vector<std::string> argv_;
  mutable std::atomic<bool> gone_{false};
};

/// Whether `fd` is what a nursery gets as its standard input.
bool IsNurseryConnection(int fd);

struct NurseryWork {
  /// In the nursery, before a copy is made. It may not start threads.
  std::function<void(const ProcessSpec&)> prepare;
  /// In the copy; returns its exit code.
  std::function<int()> work;
};

/// Serves the connection on standard input until the engine is gone. Returns the exit code.
/// REQUIRES: one thread.
int ServeNursery(const NurseryWork& work);

}  // namespace gitops
