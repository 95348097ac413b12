// MachineSize: how large this machine is, to tell when an app asks for more.
#pragma once

#include <cstdint>
#include <string>

namespace gitops {

struct MachineSize {
  std::int64_t cpus = 0;
  std::int64_t memory_mb = 0;     ///< Installed.
  std::int64_t disk_free_gb = 0;  ///< On the file system of the given path.
};

/// What the kernel says; 0 for what it does not.
MachineSize ReadMachineSize(const std::string& path);

}  // namespace gitops
