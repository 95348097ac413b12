#include "engine/os/guard.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <set>
#include <string>

#include "engine/os/child_wire.h"
#include "engine/os/process_table.h"
#include "engine/os/read_file.h"

namespace gitops {
namespace {

/// Arguments and environment together are limited by the kernel to less.
constexpr std::size_t kMaxSpec = 64UL * 1024 * 1024;
/// For processes that hang in the kernel.
constexpr std::chrono::seconds kEndLimit{10};
constexpr int kMaxStopRounds = 100;

enum class Next { kGoOn, kRelease, kEndAll };

class Guard {
 public:
  Guard(int control, int signals) : control_(control), signals_(signals) {}

  void Watch(pid_t child) {
    child_ = child;
    Tell({GuardNews::Kind::kStarted, child});
    Next next = Next::kGoOn;
    while (next == Next::kGoOn) {
      std::array<pollfd, 2> ready{{{control_, POLLIN, 0}, {signals_, POLLIN, 0}}};
      if (poll(ready.data(), ready.size(), -1) < 0) continue;
      if (ready[1].revents != 0) LookAtChildren();
      if (ready[0].revents != 0) next = TakeOrder();
    }
    if (next == Next::kEndAll) {
      const int ended = EndDescendants();
      Tell({ended < 0 ? GuardNews::Kind::kStuck : GuardNews::Kind::kCleared, ended});
    }
  }

  void Tell(GuardNews news) const {
    news.guard = getpid();
    const std::string bytes = EncodeNews(news);
    // An engine that is gone needs no news; its end of the connection says so next.
    [[maybe_unused]] const ssize_t sent = send(control_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

 private:
  Next TakeOrder() const {
    char order = 0;
    const ssize_t count = recv(control_, &order, 1, 0);
    if (count < 0 && errno == EINTR) return Next::kGoOn;
    if (count == 1 && order == static_cast<char>(GuardOrder::kRelease)) return Next::kRelease;
    return Next::kEndAll;
  }

  void LookAtChildren() {
    std::array<signalfd_siginfo, 16> news{};
    while (read(signals_, news.data(), sizeof news) > 0) {
    }
    siginfo_t info{};
    while (!over_ && waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid > 0) {
      if (info.si_pid == child_) {
        // Not taken notice of yet, so that its id stays that of its process group.
        over_ = true;
        const bool exited = info.si_code == CLD_EXITED;
        Tell({exited ? GuardNews::Kind::kExited : GuardNews::Kind::kKilled, info.si_status});
      } else {
        waitpid(info.si_pid, nullptr, WNOHANG);
      }
      info = {};
    }
  }

  int control_;
  int signals_;
  pid_t child_ = 0;
  bool over_ = false;
};

UniqueFd MakeChildSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return UniqueFd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

Result<pid_t> Start(const UniqueFd& spec_file, const UniqueFd streams[3]) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadAll(spec_file.get(), "memfd", kMaxSpec));
  ASSIGN_OR_RETURN(const ProcessSpec spec, DecodeSpec(bytes));
  return StartChild(spec, {streams[0].get(), streams[1].get(), streams[2].get()});
}

/// Stops processes until nobody is left who could start new ones.
std::vector<pid_t> StopAll() {
  std::set<pid_t> stopped;
  for (int round = 0; round < kMaxStopRounds; ++round) {
    const std::size_t before = stopped.size();
    for (const pid_t pid : ListDescendants(getpid())) {
      if (stopped.insert(pid).second) kill(pid, SIGSTOP);
    }
    if (stopped.size() == before) break;
  }
  return ListDescendants(getpid());
}

}  // namespace

int EndDescendants() {
  std::set<pid_t> ended;
  const auto limit = std::chrono::steady_clock::now() + kEndLimit;
  while (std::chrono::steady_clock::now() < limit) {
    for (const pid_t pid : StopAll()) {
      ended.insert(pid);
      kill(pid, SIGKILL);
    }
    // Whatever was let go of by those that end now becomes a child of this process.
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    siginfo_t info{};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD) {
      return static_cast<int>(ended.size());
    }
    poll(nullptr, 0, 1);
  }
  return -1;
}

void RunGuard(UniqueFd control, UniqueFd spec, UniqueFd streams[3]) {
  prctl(PR_SET_NAME, "tfgrid-guard");
  // What children let go of comes to this process, which is the point of it.
  bool ready = prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;
  const UniqueFd signals = MakeChildSignals();
  ready = ready && signals;
  Guard guard(control.get(), signals.get());
  guard.Tell({GuardNews::Kind::kReady});
  const Result<pid_t> child = ready ? Start(spec, streams)
                                    : MakeError(ErrorKind::kTransient, "cannot guard a program",
                                                "the kernel refuses a sub-reaper or a signalfd");
  spec.Reset();
  for (int i = 0; i < 3; ++i) streams[i].Reset();
  if (child) {
    guard.Watch(*child);
  } else {
    guard.Tell({GuardNews::Kind::kRefused, 0, 0, child.error()});
  }
  _exit(0);
}

}  // namespace gitops
