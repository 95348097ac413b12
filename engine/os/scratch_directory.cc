#include "engine/os/scratch_directory.h"

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "engine/os/remove_tree.h"
#include "engine/os/system_error.h"

namespace gitops {

Result<ScratchDirectory> ScratchDirectory::Make(const std::string& parent) {
  std::string path = parent + "/tfgrid-compose-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) {
    return SystemError("cannot make a temporary directory", path, errno);
  }
  return ScratchDirectory(std::move(path));
}

ScratchDirectory::ScratchDirectory(ScratchDirectory&& other) noexcept
    : path_(std::exchange(other.path_, "")) {}

ScratchDirectory& ScratchDirectory::operator=(ScratchDirectory&& other) noexcept {
  std::swap(path_, other.path_);  // The other one removes what was ours.
  return *this;
}

ScratchDirectory::~ScratchDirectory() {
  // Nobody is left to be told, and what stays behind lies where the system clears up.
  if (!path_.empty()) (void)RemoveTreeBeneath(path_).has_value();
}

}  // namespace gitops
