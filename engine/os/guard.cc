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
#include <utility>
#include <vector>

#include "engine/os/child_start.h"
#include "engine/os/child_wire.h"
#include "engine/os/descriptor_message.h"
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

  /// From the child's start to the order to let go of it or to end it all. False when this guard
  /// must not take another one.
  bool Watch(pid_t child) {
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
      return false;
    }
    return HasNobody();
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

  /// True when the child has left nothing: whatever it had let go of would be this process's by
  /// now.
  static bool HasNobody() {
    pid_t ended = 0;
    do {
      ended = waitpid(-1, nullptr, WNOHANG);
    } while (ended > 0);
    return ended < 0 && errno == ECHILD;
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

Error Unclear() {
  return MakeError(ErrorKind::kTransient, "a message about a program is garbled",
                   "open files that it names did not come with it");
}

/// Starts what a message asks for.
Result<pid_t> Start(DescriptorMessage message) {
  ASSIGN_OR_RETURN(GuardRequest request, DecodeGuardRequest(message.bytes));
  std::vector<UniqueFd>& files = message.descriptors;
  std::size_t next = 0;
  if (request.spec.empty()) {
    if (files.empty()) return Unclear();
    ASSIGN_OR_RETURN(request.spec, ReadAll(files[next++].get(), "memfd", kMaxSpec));
  }
  std::array<int, 3> streams{-1, -1, -1};
  for (std::size_t i = 0; i < streams.size(); ++i) {
    if (!request.streams[i]) continue;
    if (next == files.size()) return Unclear();
    streams[i] = files[next++].get();
  }
  ASSIGN_OR_RETURN(const ProcessSpec spec, DecodeSpec(request.spec));
  return StartChild(spec, {streams[0], streams[1], streams[2]});
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

void RunGuard(UniqueFd control) {
  prctl(PR_SET_NAME, "tfgrid-guard");
  const UniqueFd signals = MakeChildSignals();
  // What children let go of comes to this process, which is the point of it.
  if (!signals || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
    Guard(control.get(), -1)
        .Tell({GuardNews::Kind::kRefused, 0, 0,
               MakeError(ErrorKind::kTransient, "cannot guard a program",
                         "the kernel refuses a sub-reaper or a signalfd")});
    _exit(0);
  }
  Guard(control.get(), signals.get()).Tell({GuardNews::Kind::kReady});
  for (bool goes_on = true; goes_on;) {
    auto message = ReceiveMessage(control.get());
    if (!message) break;
    Guard guard(control.get(), signals.get());
    const Result<pid_t> child = Start(*std::move(message));
    if (child) {
      goes_on = guard.Watch(*child);
      if (goes_on) guard.Tell({GuardNews::Kind::kIdle});
    } else {
      guard.Tell({GuardNews::Kind::kRefused, 0, 0, child.error()});
      goes_on = false;
    }
  }
  _exit(0);
}

}  // namespace gitops
