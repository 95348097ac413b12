#include "sources/odb_lanes.h"

#include <utility>

namespace gitops {

OdbLanes::OdbLanes(git::OdbHandle first, std::string objects_directory)
    : objects_directory_(std::move(objects_directory)) {
  lanes_.front().odb = std::move(first);
}

HeldOdb OdbLanes::Take() {
  const std::size_t open = open_.load();
  for (std::size_t i = 0; i < open; ++i) {
    std::unique_lock lock(lanes_[i].mutex, std::try_to_lock);
    if (lock.owns_lock()) return {std::move(lock), lanes_[i].odb.get()};
  }
  if (Lane* lane = OpenAnother(); lane != nullptr) {
    std::unique_lock lock(lane->mutex);
    return {std::move(lock), lane->odb.get()};
  }
  return TakeFirst();
}

HeldOdb OdbLanes::TakeFirst() {
  std::unique_lock lock(lanes_.front().mutex);
  return {std::move(lock), lanes_.front().odb.get()};
}

int OdbLanes::AddAlternate(const std::string& objects_directory) {
  const std::lock_guard opening(opening_);
  alternates_.push_back(objects_directory);
  for (std::size_t i = 0; i < open_.load(); ++i) {
    const std::lock_guard lock(lanes_[i].mutex);
    const int code = git_odb_add_disk_alternate(lanes_[i].odb.get(), objects_directory.c_str());
    if (code != 0) return code;
  }
  return 0;
}

/// Null when there are enough, or it cannot be opened: then threads wait for each other.
OdbLanes::Lane* OdbLanes::OpenAnother() {
  const std::lock_guard opening(opening_);
  const std::size_t open = open_.load();
  if (open == lanes_.size()) return nullptr;
  git::OdbHandle odb;
  if (git_odb_open(git::Out(odb), objects_directory_.c_str()) != 0) return nullptr;
  for (const std::string& alternate : alternates_) {
    if (git_odb_add_disk_alternate(odb.get(), alternate.c_str()) != 0) return nullptr;
  }
  lanes_[open].odb = std::move(odb);
  open_.store(open + 1);
  return &lanes_[open];
}

}  // namespace gitops
