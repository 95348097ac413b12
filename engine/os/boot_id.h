// The identity of this boot of the machine: process ids mean nothing across two of them.
#pragma once

#include <string>

namespace gitops {

/// The kernel's random boot id (/proc/sys/kernel/random/boot_id); "" where there is none.
std::string BootId();

}  // namespace gitops
