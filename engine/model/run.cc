#include "engine/model/run.h"

#include <array>
#include <utility>

#include "engine/base/check.h"

namespace gitops {
namespace {

template <typename Enum, std::size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Names<RunStatus, 4> kRunStatuses = {{{RunStatus::kRunning, "running"},
                                               {RunStatus::kSucceeded, "succeeded"},
                                               {RunStatus::kFailed, "failed"},
                                               {RunStatus::kCancelled, "cancelled"}}};

constexpr Names<ActionStatus, 6> kActionStatuses = {{{ActionStatus::kPending, "pending"},
                                                     {ActionStatus::kRunning, "running"},
                                                     {ActionStatus::kSucceeded, "succeeded"},
                                                     {ActionStatus::kFailed, "failed"},
                                                     {ActionStatus::kSkipped, "skipped"},
                                                     {ActionStatus::kUnknown, "unknown"}}};

constexpr Names<RunTrigger, 5> kTriggers = {{{RunTrigger::kSync, "sync"},
                                             {RunTrigger::kManual, "manual"},
                                             {RunTrigger::kAutomaticRollback, "automatic_rollback"},
                                             {RunTrigger::kRecovery, "recovery"},
                                             {RunTrigger::kPrune, "prune"}}};

template <typename Enum, std::size_t N>
std::string_view NameOf(const Names<Enum, N>& names, Enum value) {
  for (const auto& [known, name] : names) {
    if (known == value) return name;
  }
  CHECK(false);
}

template <typename Enum, std::size_t N>
std::optional<Enum> ValueOf(const Names<Enum, N>& names, std::string_view text) {
  for (const auto& [value, name] : names) {
    if (name == text) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view ToString(RunStatus status) { return NameOf(kRunStatuses, status); }
std::optional<RunStatus> ParseRunStatus(std::string_view text) {
  return ValueOf(kRunStatuses, text);
}
std::string_view ToString(ActionStatus status) { return NameOf(kActionStatuses, status); }
std::optional<ActionStatus> ParseActionStatus(std::string_view text) {
  return ValueOf(kActionStatuses, text);
}
std::string_view ToString(RunTrigger trigger) { return NameOf(kTriggers, trigger); }
std::optional<RunTrigger> ParseRunTrigger(std::string_view text) {
  return ValueOf(kTriggers, text);
}

}  // namespace gitops
