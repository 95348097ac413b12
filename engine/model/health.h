// Sync status and health of an app. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace gitops {

/// Does the recorded state match what Git says?
enum class SyncStatus { kSynced, kOutOfSync, kUnknown };

/// Does it work? In order of badness; the worst of an app's parts is its health.
enum class Health { kHealthy, kSuspended, kProgressing, kMissing, kDegraded, kUnknown };

/// "Synced", "OutOfSync", "Unknown": stored and shown.
std::string_view ToString(SyncStatus status);
std::optional<SyncStatus> ParseSyncStatus(std::string_view text);

/// "Healthy", "Suspended", …: stored and shown.
std::string_view ToString(Health health);
std::optional<Health> ParseHealth(std::string_view text);

inline Health Worst(Health a, Health b) { return a < b ? b : a; }

}  // namespace gitops
