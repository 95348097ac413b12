#include "engine/model/plan.h"

#include "engine/base/check.h"

namespace gitops {

std::string_view ToString(ActionKind kind) {
  switch (kind) {
    case ActionKind::kCreate:
      return "create";
    case ActionKind::kUpdate:
      return "update";
    case ActionKind::kReplace:
      return "replace";
    case ActionKind::kDelete:
      return "delete";
    case ActionKind::kRun:
      return "run";
  }
  CHECK(false);
}

std::optional<ActionKind> ParseActionKind(std::string_view text) {
  for (const ActionKind kind : {ActionKind::kCreate, ActionKind::kUpdate, ActionKind::kReplace,
                                ActionKind::kDelete, ActionKind::kRun}) {
    if (ToString(kind) == text) return kind;
  }
  return std::nullopt;
}

std::string_view ToString(PlanKind kind) {
  switch (kind) {
    case PlanKind::kApply:
      return "apply";
    case PlanKind::kRollback:
      return "rollback";
    case PlanKind::kDelete:
      return "delete";
  }
  CHECK(false);
}

std::optional<PlanKind> ParsePlanKind(std::string_view text) {
  for (const PlanKind kind : {PlanKind::kApply, PlanKind::kRollback, PlanKind::kDelete}) {
    if (ToString(kind) == text) return kind;
  }
  return std::nullopt;
}

}  // namespace gitops
