// Interrupt: SIGINT, SIGTERM and SIGHUP as a stop request. A thread of its own waits for them, so
// no code runs in a signal handler. Made once, by main, before any other thread: the signals are
// blocked in the making thread and all threads started after it.
#pragma once

#include <stop_token>
#include <thread>

#include "engine/os/unique_fd.h"

namespace gitops {

class Interrupt {
 public:
  /// What the first signal does.
  enum class Reaction {
    kStop,   ///< Requests a stop: the command ends in good order; a second signal ends it at once.
    kLeave,  ///< Ends the process at once: the command has nothing to put in order.
  };

  explicit Interrupt(Reaction reaction);
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const { return source_.get_token(); }

 private:
  void Wait();

  const Reaction reaction_;
  std::stop_source source_;
  UniqueFd signals_;
  UniqueFd end_;  ///< Readable when the thread is to end.
  std::thread thread_;
};

/// Ignores SIGPIPE and SIGXFSZ, so that writes fail with an error; and opens /dev/null in place of
/// standard streams that are closed, so that no file of ours takes their numbers.
void PrepareProcess();

}  // namespace gitops
