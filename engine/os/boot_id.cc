#include "engine/os/boot_id.h"

#include "engine/os/read_file.h"

namespace gitops {

std::string BootId() {
  const auto text = ReadSmallFile("/proc/sys/kernel/random/boot_id", 128);
  if (!text) return "";
  return text->substr(0, text->find('\n'));
}

}  // namespace gitops
