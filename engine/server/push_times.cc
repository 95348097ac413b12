#include "engine/server/push_times.h"

#include <algorithm>

namespace gitops {
namespace {

constexpr std::size_t kMostCommits = 64;

}  // namespace

void PushTimes::Known(const std::string& source, const ObjectId& commit) {
  sources_[source].last = commit;
}

void PushTimes::Asked(const std::string& source, WallTime now) {
  std::optional<WallTime>& asked = sources_[source].asked;
  if (!asked) asked = now;
}

void PushTimes::Looked(const std::string& source, const ObjectId& commit, WallTime now) {
  Source& entry = sources_[source];
  const WallTime heard = std::min(entry.asked.value_or(now), now);
  entry.asked.reset();
  if (entry.last == commit) return;
  entry.last = commit;
  // A branch that returns to an older commit brings it anew.
  std::erase_if(entry.commits, [&](const Commit& each) { return each.id == commit; });
  entry.commits.push_back({commit, heard});
  if (entry.commits.size() > kMostCommits) entry.commits.pop_front();
}

std::optional<WallTime> PushTimes::HeardOf(const std::string& source,
                                           const ObjectId& commit) const {
  const auto found = sources_.find(source);
  if (found == sources_.end()) return std::nullopt;
  for (const Commit& each : found->second.commits) {
    if (each.id == commit) return each.heard;
  }
  return std::nullopt;
}

void PushTimes::Forget(const std::string& source) { sources_.erase(source); }

}  // namespace gitops
