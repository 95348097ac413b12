#include "engine/os/running_child.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>

#include "engine/os/child_wire.h"
#include "engine/os/descriptor_message.h"

namespace gitops {
namespace {

constexpr int kNewsLimitMs = 5'000;
/// More than a guard takes to give up.
constexpr int kClearLimitMs = 20'000;

UniqueFd OpenProcess(pid_t pid) {
  return UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

bool BecomesReadable(int fd, int limit_ms) {
  pollfd ready{fd, POLLIN, 0};
  int count = 0;
  do {
    count = poll(&ready, 1, limit_ms);
  } while (count < 0 && errno == EINTR);
  return count > 0;
}

class DirectChild : public RunningChild {
 public:
  DirectChild(pid_t pid, bool watch_stops)
      : RunningChild(pid), process_(OpenProcess(pid)), watch_stops_(watch_stops) {}

  std::array<int, 2> descriptors() const override { return {process_.get(), -1}; }

  ChildState Look() override {
    siginfo_t info{};
    const int what = WEXITED | WNOHANG | WNOWAIT | (watch_stops_ ? WSTOPPED : 0);
    if (waitid(P_PID, static_cast<id_t>(pid_), &info, what) != 0 || info.si_pid == 0) {
      return ChildState::kRuns;
    }
    if (info.si_code != CLD_STOPPED) return ChildState::kOver;
    // Takes the notice away, so that it is not seen again.
    waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WNOHANG);
    return ChildState::kStopped;
  }

  void Signal(int signal) override { kill(-pid_, signal); }

  Finished Finish(bool end_all) override {
    Finished finished;
    // Before reaping: the child's id still belongs to its group and to nobody else.
    siginfo_t info{};
    waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
    const bool failed = info.si_code != CLD_EXITED || info.si_status != 0;
    if (failed || end_all) kill(-pid_, SIGKILL);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status)) finished.end.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) finished.end.signal = WTERMSIG(status);
    return finished;
  }

 private:
  UniqueFd process_;
  bool watch_stops_;
};

class GuardedChild : public RunningChild {
 public:
  GuardedChild(const Warden& warden, GuardedStart start)
      : RunningChild(start.child),
        warden_(warden),
        guard_(std::move(start.guard)),
        process_(OpenProcess(start.child)) {}

  std::array<int, 2> descriptors() const override { return {guard_.control.get(), process_.get()}; }

  ChildState Look() override {
    if (end_) return ChildState::kOver;
    if (BecomesReadable(guard_.control.get(), 0)) {
      TakeNews();
    } else if (process_ && BecomesReadable(process_.get(), 0)) {
      // The guard says so at once, unless the child has stopped it.
      kill(guard_.pid, SIGCONT);
      if (!BecomesReadable(guard_.control.get(), kNewsLimitMs)) kill(guard_.pid, SIGKILL);
      TakeNews();
    }
    return end_ ? ChildState::kOver : ChildState::kRuns;
  }

  void Signal(int signal) override {
    if (lost_) return;
    kill(guard_.pid, SIGCONT);
    kill(-pid_, signal);
  }

  Finished Finish(bool end_all) override {
    Finished finished;
    if (end_) finished.end = *end_;
    const bool failed = finished.end.exit_code != 0;
    if (lost_) {
      // The child dies with its guard; who else is left is found by other means.
      if (process_) BecomesReadable(process_.get(), kNewsLimitMs);
      finished.stuck = true;
      return finished;
    }
    kill(guard_.pid, SIGCONT);
    Order(failed || end_all ? GuardOrder::kEndAll : GuardOrder::kRelease);
    if (!failed && !end_all) {
      warden_.TakeBack(std::move(guard_));
      return finished;
    }
    const auto news =
        BecomesReadable(guard_.control.get(), kClearLimitMs) ? Receive() : std::nullopt;
    finished.stuck = !news || news->kind != GuardNews::Kind::kCleared;
    if (news) finished.leftovers = std::max(0, news->number);
    return finished;
  }

 private:
  std::optional<GuardNews> Receive() {
    const auto message = ReceiveMessage(guard_.control.get());
    if (!message) return std::nullopt;
    const auto news = DecodeNews(message->bytes);
    return news ? std::optional<GuardNews>(*news) : std::nullopt;
  }

  void TakeNews() {
    const auto news = Receive();
    ChildEnd end;
    if (news && news->kind == GuardNews::Kind::kExited) {
      end.exit_code = news->number;
    } else if (news && news->kind == GuardNews::Kind::kKilled) {
      end.signal = news->number;
    } else {
      lost_ = true;
      end.signal = SIGKILL;
    }
    end_ = end;
  }

  void Order(GuardOrder order) {
    const char byte = static_cast<char>(order);
    [[maybe_unused]] const ssize_t sent = send(guard_.control.get(), &byte, 1, MSG_NOSIGNAL);
  }

  const Warden& warden_;
  GuardHandle guard_;
  UniqueFd process_;
  std::optional<ChildEnd> end_;
  bool lost_ = false;
};

}  // namespace

Result<std::unique_ptr<RunningChild>> StartDirectly(const ProcessSpec& spec,
                                                    const ChildStreams& streams, bool watch_stops) {
  ASSIGN_OR_RETURN(const pid_t pid, StartChild(spec, streams));
  return std::unique_ptr<RunningChild>(std::make_unique<DirectChild>(pid, watch_stops));
}

Result<std::unique_ptr<RunningChild>> StartFromNursery(const Nursery& nursery,
                                                       const ProcessSpec& spec,
                                                       const ChildStreams& streams) {
  ASSIGN_OR_RETURN(const pid_t pid, nursery.Fork(spec, streams));
  return std::unique_ptr<RunningChild>(std::make_unique<DirectChild>(pid, false));
}

Result<std::unique_ptr<RunningChild>> StartUnderGuard(const Warden& warden, const ProcessSpec& spec,
                                                      const ChildStreams& streams) {
  ASSIGN_OR_RETURN(GuardedStart start, warden.StartGuarded(spec, streams));
  return std::unique_ptr<RunningChild>(std::make_unique<GuardedChild>(warden, std::move(start)));
}

}  // namespace gitops
