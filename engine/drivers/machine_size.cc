#include "engine/drivers/machine_size.h"

#include <sys/statvfs.h>
#include <unistd.h>

namespace gitops {

MachineSize ReadMachineSize(const std::string& path) {
  MachineSize size;
  if (const long cpus = sysconf(_SC_NPROCESSORS_ONLN); cpus > 0) size.cpus = cpus;
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page = sysconf(_SC_PAGESIZE);
  if (pages > 0 && page > 0) size.memory_mb = pages / 1024 * page / 1024;
  struct statvfs disk {};
  if (statvfs(path.c_str(), &disk) == 0) {
    size.disk_free_gb =
        static_cast<std::int64_t>(disk.f_bavail / 1024 * disk.f_frsize / 1024 / 1024);
  }
  return size;
}

}  // namespace gitops
