#include "engine/os/terminal.h"

#include <signal.h>
#include <unistd.h>

namespace gitops {

TerminalGuard::TerminalGuard()
    : active_(isatty(STDIN_FILENO) == 1 && tcgetpgrp(STDIN_FILENO) == getpgrp() &&
              tcgetattr(STDIN_FILENO, &modes_) == 0) {}

TerminalGuard::~TerminalGuard() {
  if (!active_) return;
  SetForeground(getpgrp());
  tcsetattr(STDIN_FILENO, TCSADRAIN, &modes_);
}

void TerminalGuard::FollowStop(pid_t group) {
  if (!active_) return;
  SetForeground(getpgrp());
  kill(0, SIGSTOP);
  SetForeground(group);
  kill(-group, SIGCONT);
}

void TerminalGuard::SetForeground(pid_t group) {
  // A background process that changes the foreground is stopped by SIGTTOU unless it blocks it.
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  tcsetpgrp(STDIN_FILENO, group);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace gitops
