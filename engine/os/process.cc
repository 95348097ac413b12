#include "engine/os/process.h"

#include <cstring>

#include "engine/base/timestamp.h"

namespace gitops {
namespace {

std::string SignalName(int signal) {
  // sigdescr_np is a GNU extension that needs no lock, unlike strsignal.
  const char* name = sigdescr_np(signal);
  return name == nullptr ? "" : " (" + std::string(name) + ")";
}

}  // namespace

std::string ProcessResult::Describe() const {
  if (timed_out) return "no end after " + FormatDuration(timeout);
  if (cancelled) return "stopped on request after " + FormatDuration(duration);
  if (signal != 0) return "killed by signal " + std::to_string(signal) + SignalName(signal);
  return "exit code " + std::to_string(exit_code);
}

}  // namespace gitops
