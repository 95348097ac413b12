#include "engine/drivers/disk_watch.h"

#include <algorithm>
#include <utility>

namespace gitops {
namespace {

using std::chrono::milliseconds;

/// After a program that ends sooner, and has used up next to nothing, only a small directory is
/// added up.
constexpr milliseconds kShort{1000};
/// Adding up so many files costs less than starting a program.
constexpr std::int64_t kFew = 500;
/// Looking takes at most this share of a program's time.
constexpr int kShare = 20;
constexpr milliseconds kLongest{10'000};
/// The file system may lose so much before the directory is looked at: an eighth of what the app
/// may hold, but no more than this.
constexpr int kPart = 8;
constexpr std::int64_t kMostBytes = 256LL * 1024 * 1024;
constexpr std::int64_t kMostFiles = 10'000;

std::string Megabytes(std::int64_t bytes) { return std::to_string(bytes / (1024 * 1024)) + " MB"; }

}  // namespace

DiskWatch::DiskWatch(std::string directory, const AppLimits& limits, const Clock& clock)
    : directory_(std::move(directory)),
      most_{.bytes = limits.disk_bytes, .files = limits.files},
      clock_(clock),
      started_(clock.MonotonicNow()),
      not_before_(started_),
      anyway_at_(started_ + kShort) {
  if (const auto free = FreeSpaceAt(directory_)) free_ = *free;
}

bool DiskWatch::IsOver(bool at_end) {
  const MonotonicTime now = clock_.MonotonicNow();
  if (at_end) return (now - started_ >= kShort || MayHoldTooMuch()) && Measure();
  if (now < anyway_at_ && (now < not_before_ || !HasLostSpace())) return false;
  return Measure();
}

/// What is free is everybody's: a neighbour that removes as much at the same time hides what this
/// program has written, so that a small directory is looked at whatever is free.
bool DiskWatch::MayHoldTooMuch() const {
  if (HasLostSpace()) return true;
  const auto use =
      MeasureTree(directory_, {.bytes = most_.bytes, .files = std::min(most_.files, kFew)});
  return use && (use->hidden || use->IsMoreThan(most_));
}

bool DiskWatch::HasLostSpace() const {
  const auto free = FreeSpaceAt(directory_);
  // Where files are not counted beforehand, nothing tells of many small ones.
  if (!free || !free_ || !free->counts_files) return true;
  return free_->bytes - free->bytes > std::min(most_.bytes / kPart, kMostBytes) ||
         free_->files - free->files > std::min(most_.files / kPart, kMostFiles);
}

bool DiskWatch::Measure() {
  const MonotonicTime begin = clock_.MonotonicNow();
  const auto free = FreeSpaceAt(directory_);
  const auto use = MeasureTree(directory_, most_);
  const MonotonicTime end = clock_.MonotonicNow();
  const milliseconds pause = (end - begin) * kShare;
  not_before_ = end + pause;
  anyway_at_ = end + std::max(pause, kLongest);
  if (free) free_ = *free;
  if (!use) return false;
  if (use->hidden) {
    finding_ = "it is nested deeper, or wider, than can be looked at";
  } else if (use->bytes > most_.bytes) {
    finding_ = "it held " + Megabytes(use->bytes) + " and more, and may hold " +
               Megabytes(most_.bytes) + " (limits.appDisk)";
  } else if (use->files > most_.files) {
    finding_ = "it held more than " + std::to_string(most_.files) +
               " files and directories (limits.appFiles)";
  }
  return !finding_.empty();
}

}  // namespace gitops
