#include "engine/os/control_group.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <set>
#include <sstream>
#include <vector>

#include "engine/os/read_file.h"
#include "engine/os/system_error.h"
#include "engine/os/unique_fd.h"

namespace gitops {
namespace {

constexpr std::size_t kMaxFile = 4 * 1024 * 1024;
constexpr const char* kParent = "/tfgrid-compose";
constexpr const char* kRunPrefix = "run-";
/// How often to look for processes that were started while others were being killed.
constexpr int kMaxRounds = 20;
constexpr int kKillWaitMs = 1000;

/// Also for files of /proc and /sys, whose size says nothing.
std::string TextOf(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return "";
  auto text = ReadAll(fd.get(), path, kMaxFile);
  return text ? *text : "";
}

bool WriteText(const std::string& path, const std::string& text) {
  const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return fd && write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

bool HasWord(const std::string& text, const std::string& word, char separator) {
  std::istringstream words(text);
  for (std::string each; std::getline(words, each, separator);) {
    while (!each.empty() && each.back() == '\n') each.pop_back();
    if (each == word) return true;
  }
  return false;
}

/// This process's group in the hierarchy of a controller (version 1) or in the unified one; "":
/// none.
std::string OwnGroup(const std::string& text, int version, const std::string& controller) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (version == 2 ? line.starts_with("0::") : HasWord(controllers, controller, ',')) {
      return line.substr(second + 1);
    }
  }
  return "";
}

/// The directory of the group `own`, found by the mounts; "": not mounted.
std::string DirectoryOf(const std::string& mountinfo, const std::string& own, int version,
                        const std::string& controller) {
  std::istringstream lines(mountinfo);
  for (std::string line; !own.empty() && std::getline(lines, line);) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::string skip, root, target, type, source, options;
    std::istringstream(line) >> skip >> skip >> skip >> root >> target;
    std::istringstream(line.substr(dash + 3)) >> type >> source >> options;
    if (version == 2 ? type != "cgroup2" : type != "cgroup" || !HasWord(options, controller, ',')) {
      continue;
    }
    if (root == "/") return own == "/" ? target : target + own;
    if (own == root) return target;
    if (own.starts_with(root + "/")) return target + own.substr(root.size());
  }
  return "";
}

bool CanPassOn(const std::string& directory, const std::string& controller) {
  const std::string control = directory + "/cgroup.subtree_control";
  return HasWord(TextOf(directory + "/cgroup.controllers"), controller, ' ') &&
         (HasWord(TextOf(control), controller, ' ') || access(control.c_str(), W_OK) == 0);
}

bool CanBoundBeneath(const std::string& directory) {
  return CanPassOn(directory, "pids") && access(directory.c_str(), W_OK) == 0 &&
         access((directory + "/cgroup.procs").c_str(), W_OK) == 0;
}

/// Lets groups in `directory` bound what the controller counts.
bool PassOn(const std::string& directory, const std::string& controller) {
  const std::string control = directory + "/cgroup.subtree_control";
  return HasWord(TextOf(control), controller, ' ') || WriteText(control, "+" + controller);
}

bool MakeDirectory(const std::string& path) {
  return mkdir(path.c_str(), 0755) == 0 || errno == EEXIST;
}

/// Makes the group of all apps, which passes the controller on.
bool MakeParent(const ControlGroupPlace& place, const std::string& parent) {
  const bool unified = place.version == 2;
  return (!unified || PassOn(place.directory, "pids")) && MakeDirectory(parent) &&
         (!unified || PassOn(parent, "pids"));
}

/// The number after `name` in a file of names and numbers; 0 when it is not there.
std::int64_t NumberIn(const std::string& file, const std::string& name) {
  std::istringstream words(TextOf(file));
  std::int64_t count = 0;
  for (std::string word; words >> word >> count;) {
    if (word == name) return count;
  }
  return 0;
}

std::set<pid_t> ProcessesIn(const std::string& group) {
  std::istringstream numbers(TextOf(group + "/cgroup.procs"));
  std::set<pid_t> pids;
  for (pid_t pid = 0; numbers >> pid;) {
    if (pid > 1 && pid != getpid()) pids.insert(pid);
  }
  return pids;
}

/// Descriptors of the processes that are in the group for certain: a number may be another's by
/// the time that it is opened.
std::vector<UniqueFd> OpenAll(const std::string& group, std::set<pid_t>& seen) {
  std::vector<std::pair<pid_t, UniqueFd>> opened;
  for (const pid_t pid : ProcessesIn(group)) {
    UniqueFd fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    if (fd) opened.emplace_back(pid, std::move(fd));
  }
  const std::set<pid_t> still = ProcessesIn(group);
  std::vector<UniqueFd> sure;
  for (auto& [pid, fd] : opened) {
    if (!still.contains(pid)) continue;
    seen.insert(pid);
    sure.push_back(std::move(fd));
  }
  return sure;
}

void AwaitEnd(const std::vector<UniqueFd>& processes) {
  for (const UniqueFd& process : processes) {
    pollfd waiting{process.get(), POLLIN, 0};
    if (poll(&waiting, 1, kKillWaitMs) == 0) return;
  }
}

std::vector<std::string> RunsIn(const std::string& group) {
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(opendir(group.c_str()), &closedir);
  std::vector<std::string> runs;
  while (listing != nullptr) {
    const dirent* entry = readdir(listing.get());
    if (entry == nullptr) break;
    const std::string name = entry->d_name;
    if (name.starts_with(kRunPrefix)) runs.push_back(group + "/" + name);
  }
  return runs;
}

}  // namespace

namespace {

ControlGroupPlace FindForProcesses(const std::string& groups, const std::string& mounts) {
  const std::string own = OwnGroup(groups, 2, "");
  // A group that holds processes cannot pass controllers on, so beside it; the root may hold some.
  const std::string above =
      own.empty() || own.rfind('/') == 0 ? "/" : own.substr(0, own.rfind('/'));
  const std::string unified = own.empty() ? "" : DirectoryOf(mounts, above, 2, "");
  if (!unified.empty() && CanBoundBeneath(unified)) return {.version = 2, .directory = unified};
  const std::string pids = DirectoryOf(mounts, OwnGroup(groups, 1, "pids"), 1, "pids");
  if (!pids.empty() && access(pids.c_str(), W_OK) == 0) return {.version = 1, .directory = pids};
  return {};
}

}  // namespace

ControlGroupPlace FindControlGroups(const std::string& proc_self) {
  const std::string groups = TextOf(proc_self + "/cgroup");
  const std::string mounts = TextOf(proc_self + "/mountinfo");
  ControlGroupPlace place = FindForProcesses(groups, mounts);
  if (place.version == 2 && CanPassOn(place.directory, "memory")) {
    place.memory_version = 2;
    place.memory_directory = place.directory;
  } else if (place.version != 0) {
    const std::string own = OwnGroup(groups, 1, "memory");
    const std::string memory = DirectoryOf(mounts, own, 1, "memory");
    if (memory.empty() || access(memory.c_str(), W_OK) != 0) return place;
    place.memory_version = 1;
    place.memory_directory = memory;
  }
  return place;
}

ControlGroup::ControlGroup(const ControlGroupPlace& place, const std::string& name)
    : place_(place), parent_(place.directory + kParent), path_(parent_ + "/" + name) {
  if (place.memory_version != 1) return;
  memory_parent_ = place.memory_directory + kParent;
  memory_path_ = memory_parent_ + "/" + name;
}

Result<std::string> ControlGroup::MakeRun(const GroupBounds& bounds) const {
  const std::string bound = bounds.processes > 0 ? std::to_string(bounds.processes) : "max";
  std::string run;
  // Nearly always the parent is there; another app's end may remove it between two steps of this.
  bool made = false;
  for (int attempt = 0; attempt < 4 && !made; ++attempt) {
    run = path_ + "/" + kRunPrefix + "XXXXXX";
    made = (attempt == 0 || MakeParent(place_, parent_)) && MakeDirectory(path_) &&
           WriteText(path_ + "/pids.max", bound) && mkdtemp(run.data()) != nullptr;
    if (!made && errno != ENOENT) break;
  }
  if (!made) return SystemError("cannot make a control group", path_, errno);
  return run;
}

Status ControlGroup::BoundMemory(std::int64_t bytes) const {
  if (place_.memory_version == 0) {
    if (bytes == 0) return {};
    return MakeError(ErrorKind::kTransient, "no control group for memory",
                     "the controller `memory` may not be used");
  }
  const bool unified = place_.memory_version == 2;
  const std::string file =
      unified ? path_ + "/memory.max" : memory_path_ + "/memory.limit_in_bytes";
  if (bytes == 0 && access(file.c_str(), W_OK) != 0) return {};
  const std::string bound = bytes > 0 ? std::to_string(bytes) : unified ? "max" : "-1";
  const bool made = unified ? PassOn(place_.directory, "memory") && PassOn(parent_, "memory")
                            : MakeDirectory(memory_parent_) && MakeDirectory(memory_path_);
  // What is swapped out counts too, where the kernel counts it. In version 1 that bound may not be
  // below the other one at any moment, so it comes before a higher one and after a lower one.
  const std::string swap =
      unified ? path_ + "/memory.swap.max" : memory_path_ + "/memory.memsw.limit_in_bytes";
  const std::string swapped = unified && bytes > 0 ? "0" : bound;
  if (made) (void)WriteText(swap, swapped);
  if (!made || !WriteText(file, bound)) {
    return SystemError("cannot bound the memory of a control group", file, errno);
  }
  (void)WriteText(swap, swapped);
  return {};
}

std::vector<std::string> ControlGroup::Entries(const std::string& run) const {
  // `cgroup.procs` waits until no process of the machine is about to make a thread, often for 10
  // ms. `tasks`, which only version 1 has, does not: a thread that moves itself needs no such care.
  std::vector<std::string> entries{run + (place_.version == 2 ? "/cgroup.procs" : "/tasks")};
  if (!memory_path_.empty() && access(memory_path_.c_str(), F_OK) == 0) {
    entries.push_back(memory_path_ + "/tasks");
  }
  return entries;
}

std::int64_t ControlGroup::Refused(const std::string& run) const {
  // Version 1 counts where the process was to start, version 2 where the bound is.
  return NumberIn((place_.version == 2 ? path_ : run) + "/pids.events", "max");
}

std::int64_t ControlGroup::OutOfMemory() const {
  return NumberIn(
      place_.memory_version == 2 ? path_ + "/memory.events" : memory_path_ + "/memory.oom_control",
      "oom_kill");
}

int ControlGroup::EndRun(const std::string& run) {
  std::set<pid_t> ended;
  for (int round = 0; round < kMaxRounds; ++round) {
    if (rmdir(run.c_str()) == 0 || errno == ENOENT) return static_cast<int>(ended.size());
    WriteText(run + "/pids.max", "0");  // Nothing new; only version 1 has the file here.
    const std::vector<UniqueFd> processes = OpenAll(run, ended);
    for (const UniqueFd& process : processes) {
      syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
    }
    AwaitEnd(processes);
  }
  return -1;
}

void ControlGroup::Tidy() const {
  if (access(path_.c_str(), F_OK) != 0) return;
  // The kernel refuses to remove groups that hold processes.
  for (const std::string& run : RunsIn(path_)) rmdir(run.c_str());
  rmdir(path_.c_str());
  if (!memory_path_.empty()) rmdir(memory_path_.c_str());
}

void ControlGroup::RemoveEmpty() const {
  // A parent goes only when it was the last one.
  for (const std::string& path : {path_, parent_, memory_path_, memory_parent_}) {
    if (!path.empty()) rmdir(path.c_str());
  }
}

int ControlGroup::End() const {
  int ended = 0;
  bool stuck = false;
  for (const std::string& run : RunsIn(path_)) {
    const int here = EndRun(run);
    stuck = stuck || here < 0;
    ended += std::max(here, 0);
  }
  RemoveEmpty();
  return stuck ? -1 : ended;
}

}  // namespace gitops
