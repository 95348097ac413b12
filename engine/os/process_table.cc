#include "engine/os/process_table.h"

#include <dirent.h>

#include <charconv>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "engine/os/read_file.h"

namespace gitops {

std::optional<ProcessEntry> ReadProcess(pid_t pid) {
  const auto text = ReadSmallFile("/proc/" + std::to_string(pid) + "/stat", 16 * 1024);
  if (!text) return std::nullopt;
  // Fields 3 to 6 (proc(5)); the name before them may hold anything.
  const std::size_t name_end = text->rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  ProcessEntry entry;
  entry.pid = pid;
  int group = 0;
  if (std::sscanf(text->c_str() + name_end + 1, " %c %d %d %d", &entry.state, &entry.parent, &group,
                  &entry.session) != 4) {
    return std::nullopt;
  }
  return entry;
}

std::vector<pid_t> ListProcesses() {
  std::vector<pid_t> pids;
  DIR* raw = opendir("/proc");
  if (raw == nullptr) return pids;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(raw, closedir);
  for (const dirent* entry = readdir(raw); entry != nullptr; entry = readdir(raw)) {
    const std::string_view name = entry->d_name;
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc() && end == name.data() + name.size() && pid > 1) pids.push_back(pid);
  }
  return pids;
}

std::vector<pid_t> ListDescendants(pid_t ancestor) {
  std::multimap<pid_t, ProcessEntry> by_parent;
  for (const pid_t pid : ListProcesses()) {
    if (const auto entry = ReadProcess(pid)) by_parent.emplace(entry->parent, *entry);
  }
  std::vector<pid_t> found;
  std::vector<pid_t> open{ancestor};
  while (!open.empty()) {
    const auto [begin, end] = by_parent.equal_range(open.back());
    open.pop_back();
    for (auto at = begin; at != end; ++at) {
      open.push_back(at->second.pid);
      if (!at->second.IsOver()) found.push_back(at->second.pid);
    }
    by_parent.erase(begin, end);  // Ids that are used again could make a circle.
  }
  return found;
}

}  // namespace gitops
