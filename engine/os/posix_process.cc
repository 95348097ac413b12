#include "engine/os/posix_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "engine/os/atomic_file.h"
#include "engine/os/running_child.h"
#include "engine/os/system_error.h"
#include "engine/os/terminal.h"
#include "engine/os/unique_fd.h"

namespace gitops {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kErrorOutputLimit = 64 * 1024;
/// After the child's end its streams are read until they have been quiet for so long, …
constexpr milliseconds kDrainQuiet{100};
/// … and never longer than this, however much a process in the background goes on to print.
constexpr milliseconds kDrainLimit{1000};
/// How often to look when the kernel cannot tell about the child's end or stop by a descriptor.
constexpr milliseconds kTick{50};
/// How often to ask whether the child has used more than it may.
constexpr milliseconds kOverrunTick{250};

/// A pipe whose ends close themselves.
struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Result<Pipe> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return SystemError("cannot make a pipe", "pipe", errno);
  Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
    return SystemError("cannot make a pipe", "pipe", errno);
  }
  return pipe;
}

/// Input lies in a nameless file: it needs no writer beside the reader, and no SIGPIPE.
Result<UniqueFd> MakeInput(const std::string& input) {
  if (input.empty()) return UniqueFd();
  UniqueFd fd(memfd_create("input", MFD_CLOEXEC));
  if (!fd) return SystemError("cannot store the input of a program", "memfd", errno);
  RETURN_IF_ERROR(WriteAll(fd.get(), "memfd", input));
  if (lseek(fd.get(), 0, SEEK_SET) != 0) {
    return SystemError("cannot store the input of a program", "memfd", errno);
  }
  return fd;
}

/// Turns a stop request into a readable descriptor.
class StopSignal {
 public:
  explicit StopSignal(const std::stop_token& stop)
      : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), callback_(stop, [this] { Raise(); }) {}

  int fd() const { return fd_.get(); }

 private:
  void Raise() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(fd_.get(), &one, sizeof one);
  }

  UniqueFd fd_;
  std::stop_callback<std::function<void()>> callback_;
};

/// One child from start to end.
class Supervision {
 public:
  Supervision(const ProcessSpec& spec, const Clock& clock, const Warden* warden,
              const Nursery* nursery, const std::stop_token& stop)
      : spec_(spec),
        clock_(clock),
        warden_(warden),
        nursery_(nursery),
        stop_(stop),
        stop_signal_(stop) {}

  Status Start();
  Result<ProcessResult> Wait();

 private:
  bool Kept() const { return !spec_.on_output; }
  void PollOnce();
  milliseconds NextWait() const;
  void ReadOutput();
  void ReadErrors();
  bool ReadSome(UniqueFd& fd, std::string& buffer);
  void CheckEnd();
  void CheckDeadlines();
  void CheckUse(bool at_end);
  void Terminate();
  void Reap();
  void Drain();

  const ProcessSpec& spec_;
  const Clock& clock_;
  const Warden* warden_;
  const Nursery* nursery_;
  const std::stop_token& stop_;
  StopSignal stop_signal_;
  std::optional<TerminalGuard> terminal_;

  std::unique_ptr<RunningChild> child_;
  UniqueFd output_;
  UniqueFd errors_;
  MonotonicTime started_{};
  std::optional<MonotonicTime> kill_at_;
  MonotonicTime ask_at_{};
  bool killed_ = false;
  bool ended_ = false;
  bool too_much_ = false;
  ProcessResult result_;
};

Status Supervision::Start() {
  ASSIGN_OR_RETURN(const UniqueFd input, MakeInput(spec_.input));
  ChildStreams streams{input.get(), -1, -1};
  Pipe out;
  Pipe err;
  if (spec_.interactive) {
    terminal_.emplace();
  } else {
    ASSIGN_OR_RETURN(out, MakePipe());
    streams.output = streams.error = out.write_end.get();
    if (Kept()) {
      ASSIGN_OR_RETURN(err, MakePipe());
      streams.error = err.write_end.get();
    }
  }
  started_ = clock_.MonotonicNow();
  ask_at_ = started_ + kOverrunTick;
  if (spec_.guarded && warden_ != nullptr && !spec_.interactive) {
    ASSIGN_OR_RETURN(child_, StartUnderGuard(*warden_, spec_, streams));
  } else {
    if (nursery_ != nullptr && nursery_->Serves(spec_)) {
      if (auto copy = StartFromNursery(*nursery_, spec_, streams)) child_ = *std::move(copy);
    }
    if (child_ == nullptr) {
      ASSIGN_OR_RETURN(child_, StartDirectly(spec_, streams, terminal_.has_value()));
    }
  }
  output_ = std::move(out.read_end);
  errors_ = std::move(err.read_end);
  if (spec_.on_start) spec_.on_start(child_->pid());
  return {};
}

Result<ProcessResult> Supervision::Wait() {
  while (!ended_) {
    PollOnce();
    CheckEnd();
    if (!ended_) CheckDeadlines();
    if (!ended_) CheckUse(false);
  }
  Drain();
  CheckUse(true);
  Reap();
  result_.duration = clock_.MonotonicNow() - started_;
  result_.timeout = spec_.timeout;
  if (too_much_) {
    return MakeError(ErrorKind::kInvalid, "too much output",
                     "\"" + spec_.argv[0] + "\" printed more than " +
                         std::to_string(spec_.output_limit) + " bytes and was stopped");
  }
  return std::move(result_);
}

milliseconds Supervision::NextWait() const {
  milliseconds wait{60'000};
  const MonotonicTime now = clock_.MonotonicNow();
  if (kill_at_ && !killed_) wait = std::min(wait, *kill_at_ - now);
  if (spec_.overruns && !result_.overran) wait = std::min(wait, ask_at_ - now);
  if (!kill_at_ && spec_.timeout.count() > 0) {
    wait = std::min(wait, started_ + spec_.timeout - now);
  }
  if (child_->descriptors()[0] < 0 || (terminal_ && terminal_->active()))
    wait = std::min(wait, kTick);
  return std::max(wait, milliseconds(0));
}

void Supervision::PollOnce() {
  // poll(2) ignores negative descriptors: streams that are closed by now.
  const std::array<int, 2> child = child_->descriptors();
  std::array<pollfd, 5> fds{{{output_.get(), POLLIN, 0},
                             {errors_.get(), POLLIN, 0},
                             {child[0], POLLIN, 0},
                             {child[1], POLLIN, 0},
                             {kill_at_ ? -1 : stop_signal_.fd(), POLLIN, 0}}};
  if (poll(fds.data(), fds.size(), static_cast<int>(NextWait().count())) <= 0) return;
  if (fds[0].revents != 0) ReadOutput();
  if (fds[1].revents != 0) ReadErrors();
}

/// Reads what is there, up to 256 KiB, so that a flood does not starve the deadlines. False when
/// nothing came.
bool Supervision::ReadSome(UniqueFd& fd, std::string& buffer) {
  constexpr std::size_t kAtOnce = 256 * 1024;
  buffer.clear();
  char bytes[32 * 1024];
  while (fd && buffer.size() < kAtOnce) {
    const ssize_t count = read(fd.get(), bytes, sizeof bytes);
    if (count > 0) {
      buffer.append(bytes, static_cast<std::size_t>(count));
    } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
      fd.Reset();
    } else if (errno == EAGAIN) {
      break;
    }
  }
  return !buffer.empty();
}

void Supervision::ReadOutput() {
  std::string buffer;
  if (!ReadSome(output_, buffer)) return;
  if (!Kept()) {
    spec_.on_output(buffer);
  } else if (!too_much_) {
    result_.output += buffer;
    if (result_.output.size() > spec_.output_limit) {
      too_much_ = true;
      result_.output.clear();
      Terminate();
    }
  }
}

void Supervision::ReadErrors() {
  std::string buffer;
  if (!ReadSome(errors_, buffer)) return;
  result_.error_output += buffer;
  if (result_.error_output.size() > kErrorOutputLimit) {
    result_.error_output.erase(0, result_.error_output.size() - kErrorOutputLimit);
  }
}

void Supervision::CheckEnd() {
  const ChildState state = child_->Look();
  if (state == ChildState::kStopped) terminal_->FollowStop(child_->pid());
  ended_ = state == ChildState::kOver;
}

void Supervision::CheckDeadlines() {
  const MonotonicTime now = clock_.MonotonicNow();
  if (!kill_at_ && stop_.stop_requested()) {
    result_.cancelled = true;
    Terminate();
  } else if (!kill_at_ && spec_.timeout.count() > 0 && now >= started_ + spec_.timeout) {
    result_.timed_out = true;
    Terminate();
  } else if (kill_at_ && !killed_ && now >= *kill_at_) {
    killed_ = true;
    child_->Signal(SIGKILL);
  }
}

/// Kills it without a grace, in which it could go on using more.
void Supervision::CheckUse(bool at_end) {
  const MonotonicTime now = clock_.MonotonicNow();
  if (!spec_.overruns || result_.overran || (!at_end && now < ask_at_)) return;
  result_.overran = spec_.overruns(at_end);
  ask_at_ = clock_.MonotonicNow() + kOverrunTick;
  if (!result_.overran || at_end) return;
  kill_at_ = now;
  killed_ = true;
  child_->Signal(SIGKILL);
}

/// Asks the whole group to end, and sets the time at which it is made to.
void Supervision::Terminate() {
  if (kill_at_) return;
  kill_at_ = clock_.MonotonicNow() + spec_.grace;
  child_->Signal(SIGTERM);
  child_->Signal(SIGCONT);  // A stopped process cannot react.
}

/// The child is gone: takes what is still in the streams. A daemon that it left behind may hold
/// them open for ever, so this ends by itself.
void Supervision::Drain() {
  const MonotonicTime begin = clock_.MonotonicNow();
  MonotonicTime quiet_since = begin;
  while (output_ || errors_) {
    std::array<pollfd, 2> fds{{{output_.get(), POLLIN, 0}, {errors_.get(), POLLIN, 0}}};
    const MonotonicTime now = clock_.MonotonicNow();
    if (now - quiet_since >= kDrainQuiet || now - begin >= kDrainLimit) return;
    const int ready = poll(fds.data(), fds.size(), static_cast<int>(kDrainQuiet.count()));
    if (ready == 0) return;
    if (ready < 0) continue;
    quiet_since = now;
    if (fds[0].revents != 0) ReadOutput();
    if (fds[1].revents != 0) ReadErrors();
  }
}

void Supervision::Reap() {
  const RunningChild::Finished finished = child_->Finish(kill_at_.has_value() || result_.overran);
  result_.exit_code = finished.end.exit_code;
  result_.signal = finished.end.signal;
  result_.leftovers = finished.leftovers;
  result_.leftovers_stuck = finished.stuck;
}

}  // namespace

Result<ProcessResult> PosixProcessRunner::Run(const ProcessSpec& spec, std::stop_token stop) {
  if (stop.stop_requested()) {
    ProcessResult result;
    result.cancelled = true;
    return result;
  }
  Supervision supervision(spec, clock_, warden_, nursery_, stop);
  RETURN_IF_ERROR(supervision.Start());
  if (counters_ != nullptr) Count(counters_->children);
  Result<ProcessResult> result = supervision.Wait();
  // A crash that a server caused on purpose may have been a guess at where things are in memory.
  const bool crashed = result && result->signal != 0 && !result->timed_out && !result->cancelled;
  if (crashed && nursery_ != nullptr && nursery_->Serves(spec)) nursery_->Renew();
  return result;
}

}  // namespace gitops
