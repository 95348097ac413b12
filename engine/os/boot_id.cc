#include "engine/os/boot_id.h"

#include "engine/os/read_file.h"

namespace gitops {

std::string BootId() {
  // No process outlives it.
  static const std::string kId = [] {
    const auto text = ReadSmallFile("/proc/sys/kernel/random/boot_id", 128);
    return text ? text->substr(0, text->find('\n')) : std::string();
  }();
  return kId;
}

}  // namespace gitops
