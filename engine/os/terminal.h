// Terminal: who is in the foreground of the terminal on standard input, while an interactive child
// runs. Used by PosixProcessRunner alone.
#pragma once

#include <sys/types.h>
#include <termios.h>

namespace gitops {

/// Gives the terminal back to this process, with the modes it had, when it goes.
class TerminalGuard {
 public:
  TerminalGuard();
  ~TerminalGuard();
  TerminalGuard(const TerminalGuard&) = delete;
  TerminalGuard& operator=(const TerminalGuard&) = delete;

  /// Standard input is a terminal and this process was in its foreground.
  bool active() const { return active_; }

  /// The child `group` was stopped (Ctrl-Z): stops this process group as well and, when it goes on,
  /// puts the child back in the foreground.
  void FollowStop(pid_t group);

 private:
  void SetForeground(pid_t group);

  bool active_ = false;
  termios modes_{};
};

}  // namespace gitops
