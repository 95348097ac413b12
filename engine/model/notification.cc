#include "engine/model/notification.h"

#include <array>
#include <utility>

#include "engine/base/check.h"

namespace gitops {
namespace {

constexpr std::array<std::pair<NotificationKind, std::string_view>, 9> kKinds{{
    {NotificationKind::kDeployed, "deployed"},
    {NotificationKind::kFailed, "failed"},
    {NotificationKind::kRolledBack, "rolled-back"},
    {NotificationKind::kRecovered, "recovered"},
    {NotificationKind::kSourceFailed, "source-failed"},
    {NotificationKind::kSourceRecovered, "source-recovered"},
    {NotificationKind::kStatusPending, "status-pending"},
    {NotificationKind::kStatusSuccess, "status-success"},
    {NotificationKind::kStatusFailure, "status-failure"},
}};

}  // namespace

std::string_view ToString(NotificationKind kind) {
  for (const auto& [each, name] : kKinds) {
    if (each == kind) return name;
  }
  CHECK(false);
}

std::optional<NotificationKind> ParseNotificationKind(std::string_view text) {
  for (const auto& [kind, name] : kKinds) {
    if (name == text) return kind;
  }
  return std::nullopt;
}

std::string Notification::Topic() const {
  return app ? "app:" + app->ToString() : "source:" + source;
}

}  // namespace gitops
