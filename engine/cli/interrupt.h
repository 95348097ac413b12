// Interrupt: SIGINT, SIGTERM and SIGHUP as a stop request. A thread of its own waits for them, so
// no code runs in a signal handler. Made once, by main, before any other thread: the signals are
// blocked in the making thread and all threads started after it.
#pragma once

#include <atomic>
#include <cstdint>
#include <stop_token>
#include <thread>

#include "engine/os/unique_fd.h"

namespace gitops {

class Interrupt {
 public:
  /// What the first signal does.
  enum class Reaction {
    kStop,   ///< Requests a stop: the command ends in good order; a second signal ends it at once.
    kServe,  ///< As kStop, but SIGHUP asks for a reload instead.
    kLeave,  ///< Ends the process at once: the command has nothing to put in order.
  };

  explicit Interrupt(Reaction reaction);
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const { return source_.get_token(); }
  /// How often SIGHUP came; kServe only.
  std::uint64_t reloads_asked() const { return reloads_asked_.load(); }

 private:
  void Wait();

  const Reaction reaction_;
  std::stop_source source_;
  std::atomic<std::uint64_t> reloads_asked_{0};
  UniqueFd signals_;
  UniqueFd end_;  ///< Readable when the thread is to end.
  std::thread thread_;
};

/// Ignores SIGPIPE and SIGXFSZ, so that writes fail with an error; and opens /dev/null in place of
/// standard streams that are closed, so that no file of ours takes their numbers.
void PrepareProcess();

}  // namespace gitops
