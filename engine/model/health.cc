#include "engine/model/health.h"

#include "engine/base/check.h"

namespace gitops {

std::string_view ToString(SyncStatus status) {
  switch (status) {
    case SyncStatus::kSynced:
      return "Synced";
    case SyncStatus::kOutOfSync:
      return "OutOfSync";
    case SyncStatus::kUnknown:
      return "Unknown";
  }
  CHECK(false);
}

std::optional<SyncStatus> ParseSyncStatus(std::string_view text) {
  for (const SyncStatus status :
       {SyncStatus::kSynced, SyncStatus::kOutOfSync, SyncStatus::kUnknown}) {
    if (ToString(status) == text) return status;
  }
  return std::nullopt;
}

std::string_view ToString(Health health) {
  switch (health) {
    case Health::kHealthy:
      return "Healthy";
    case Health::kSuspended:
      return "Suspended";
    case Health::kProgressing:
      return "Progressing";
    case Health::kMissing:
      return "Missing";
    case Health::kDegraded:
      return "Degraded";
    case Health::kUnknown:
      return "Unknown";
  }
  CHECK(false);
}

std::optional<Health> ParseHealth(std::string_view text) {
  for (const Health health : {Health::kHealthy, Health::kSuspended, Health::kProgressing,
                              Health::kMissing, Health::kDegraded, Health::kUnknown}) {
    if (ToString(health) == text) return health;
  }
  return std::nullopt;
}

}  // namespace gitops
