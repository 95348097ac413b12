#include "engine/drivers/app_processes.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <set>
#include <string_view>
#include <vector>

#include "engine/os/process_table.h"
#include "engine/os/read_file.h"
#include "engine/os/unique_fd.h"

namespace gitops {
namespace {

/// Environments are limited by the kernel's argument size; anything larger is not read further.
constexpr std::size_t kMaxEnvironment = 8 * 1024 * 1024;
/// How often to look for processes that were started while others were being ended.
constexpr int kMaxRounds = 20;
constexpr std::chrono::milliseconds kSlice{100};

std::string ProcPath(pid_t pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

/// This process, its parents, and pid 1.
std::set<pid_t> OwnLine() {
  std::set<pid_t> line;
  for (pid_t pid = getpid(); pid > 0 && line.insert(pid).second;) {
    const auto entry = ReadProcess(pid);
    if (!entry) break;
    pid = entry->parent;
  }
  return line;
}

bool HasVariable(pid_t pid, const std::string& assignment) {
  const auto environment = ReadSmallFile(ProcPath(pid, "environ"), kMaxEnvironment);
  if (!environment) return false;
  for (std::size_t at = environment->find(assignment); at != std::string::npos;
       at = environment->find(assignment, at + 1)) {
    const std::size_t end = at + assignment.size();
    if ((at == 0 || (*environment)[at - 1] == '\0') &&
        (end == environment->size() || (*environment)[end] == '\0')) {
      return true;
    }
  }
  return false;
}

bool RunsFrom(pid_t pid, const std::string& root) {
  char target[PATH_MAX];
  const ssize_t size = readlink(ProcPath(pid, "exe").c_str(), target, sizeof target);
  return size > 0 &&
         std::string_view(target, static_cast<std::size_t>(size)).starts_with(root + "/");
}

/// The real user of a process.
std::optional<uid_t> UserOf(pid_t pid) {
  const auto status = ReadSmallFile(ProcPath(pid, "status"), 64 * 1024);
  const std::size_t at = status ? status->find("\nUid:\t") : std::string::npos;
  if (at == std::string::npos) return std::nullopt;
  return static_cast<uid_t>(std::strtoul(status->c_str() + at + 6, nullptr, 10));
}

struct OpenProcess {
  pid_t pid = 0;
  UniqueFd fd;
};

class Hunt {
 public:
  explicit Hunt(const AppProcesses& processes)
      : processes_(processes), assignment_(std::string(kAppRootVariable) + "=" + processes.root) {}

  std::vector<OpenProcess> Find() const {
    const std::set<pid_t> own = OwnLine();
    std::vector<OpenProcess> found;
    for (const pid_t pid : ListProcesses()) {
      if (own.contains(pid)) continue;
      // Opened before it is looked at: from here on the descriptor means this very process.
      UniqueFd fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
      if (fd && Belongs(pid)) found.push_back({pid, std::move(fd)});
    }
    return found;
  }

 private:
  bool Belongs(pid_t pid) const {
    const auto entry = ReadProcess(pid);
    if (!entry || entry->IsOver()) return false;
    if (processes_.session && entry->session != *processes_.session) return false;
    return (processes_.user && UserOf(pid) == processes_.user) || HasVariable(pid, assignment_) ||
           RunsFrom(pid, processes_.root);
  }

  const AppProcesses& processes_;
  std::string assignment_;
};

void Signal(const std::vector<OpenProcess>& processes, int signal) {
  for (const OpenProcess& process : processes) {
    syscall(SYS_pidfd_send_signal, process.fd.get(), signal, nullptr, 0);
  }
}

/// True when all of them ended in time.
bool AwaitEnd(const std::vector<OpenProcess>& processes, std::chrono::milliseconds limit,
              const std::stop_token& stop) {
  std::vector<pollfd> waiting;
  for (const OpenProcess& process : processes) waiting.push_back({process.fd.get(), POLLIN, 0});
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!waiting.empty()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (left.count() <= 0 || stop.stop_requested()) return false;
    const auto slice = std::min(left, kSlice);
    if (poll(waiting.data(), waiting.size(), static_cast<int>(slice.count())) > 0) {
      std::erase_if(waiting, [](const pollfd& fd) { return fd.revents != 0; });
    }
  }
  return true;
}

}  // namespace

int CountAppProcesses(const std::string& root) {
  return static_cast<int>(Hunt({root}).Find().size());
}

Result<int> EndAppProcesses(const AppProcesses& processes, std::chrono::milliseconds grace,
                            std::stop_token stop) {
  constexpr std::chrono::seconds kKillWait{5};
  const Hunt hunt(processes);
  std::set<pid_t> ended;
  for (int round = 0; round < kMaxRounds; ++round) {
    const std::vector<OpenProcess> found = hunt.Find();
    if (found.empty()) return static_cast<int>(ended.size());
    for (const OpenProcess& process : found) ended.insert(process.pid);
    // The first round asks; whatever is started or left after it gets no second chance.
    if (round == 0) {
      Signal(found, SIGTERM);
      Signal(found, SIGCONT);
      if (AwaitEnd(found, grace, stop)) continue;
    }
    if (stop.stop_requested()) {
      return MakeError(ErrorKind::kCancelled, "stopped on request",
                       "while processes of the app were being ended");
    }
    Signal(found, SIGKILL);
    AwaitEnd(found, kKillWait, stop);
  }
  return MakeError(
      ErrorKind::kTransient, "processes of the app cannot be ended",
      "new ones keep appearing, or one hangs in the kernel, for \"" + processes.root + "\"",
      "look at them with `ps -ef`");
}

}  // namespace gitops
