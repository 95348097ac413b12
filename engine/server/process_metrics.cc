#include "engine/server/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace gitops {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double ProcessorSeconds() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  return Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
}

/// Resident pages: the second number of /proc/self/statm (proc(5)).
double ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  double all = 0;
  double resident = 0;
  file >> all >> resident;
  return file ? resident * static_cast<double>(sysconf(_SC_PAGESIZE)) : 0;
}

double OpenFiles() {
  std::error_code code;
  double count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", code), end; !code && entry != end;
       entry.increment(code)) {
    ++count;
  }
  return count;
}

double MostOpenFiles() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return static_cast<double>(limit.rlim_cur);
}

double Now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

}  // namespace

void AddProcessMetrics(MetricRegistry& registry) {
  const auto processor = registry
                             .Counter({.name = "process_cpu_seconds",
                                       .unit = "seconds",
                                       .help = "Processor time of this process."})
                             .With({});
  const auto gauge = [&](const char* name, const char* unit, const char* help) {
    return registry.Gauge({.name = name, .unit = unit, .help = help}).With({});
  };
  const auto resident =
      gauge("process_resident_memory_bytes", "bytes", "Memory of this process that is in use.");
  const auto files = gauge("process_open_fds", "", "Open file descriptors.");
  gauge("process_max_fds", "", "How many file descriptors may be open.")->Set(MostOpenFiles());
  gauge("process_start_time_seconds", "seconds", "When this process began its work.")->Set(Now());
  registry.BeforeReading([processor, resident, files] {
    processor->Set(ProcessorSeconds());
    resident->Set(ResidentBytes());
    files->Set(OpenFiles());
  });
}

}  // namespace gitops
