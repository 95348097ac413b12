#include "engine/cli/interrupt.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "engine/base/check.h"
#include "engine/cli/arguments.h"

namespace gitops {
namespace {

constexpr std::string_view kStopping =
    "\ninterrupted: ending in good order; again to end at once\n";

sigset_t OurSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

Interrupt::Interrupt(Reaction reaction) : reaction_(reaction) {
  const sigset_t set = OurSignals();
  CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  signals_ = UniqueFd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  end_ = UniqueFd(eventfd(0, EFD_CLOEXEC));
  CHECK(signals_ && end_);
  thread_ = std::thread([this] { Wait(); });
}

Interrupt::~Interrupt() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(end_.get(), &one, sizeof one);
  thread_.join();
}

void Interrupt::Wait() {
  while (true) {
    std::array<pollfd, 2> ready{{{signals_.get(), POLLIN, 0}, {end_.get(), POLLIN, 0}}};
    if (poll(ready.data(), ready.size(), -1) < 0) continue;
    if (ready[1].revents != 0) return;
    signalfd_siginfo info{};
    if (read(signals_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) continue;
    if (reaction_ == Reaction::kServe && info.ssi_signo == SIGHUP) {
      reloads_asked_.fetch_add(1);
      continue;
    }
    if (reaction_ == Reaction::kLeave || source_.stop_requested()) _exit(kExitInterrupted);
    if (info.ssi_signo == SIGINT) {
      [[maybe_unused]] const ssize_t written =
          write(STDERR_FILENO, kStopping.data(), kStopping.size());
    }
    source_.request_stop();
  }
}

void PrepareProcess() {
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  CHECK(sigaction(SIGPIPE, &ignore, nullptr) == 0);
  CHECK(sigaction(SIGXFSZ, &ignore, nullptr) == 0);
  for (int fd = 0; fd <= 2; ++fd) {
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
      // The lowest free number is the closed one.
      CHECK(open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY) == fd);
    }
  }
}

}  // namespace gitops
