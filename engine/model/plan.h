// Plan: immutable, ordered, serialisable list of actions for one app, bound to the revision and the
// recorded serial it was made from. The same input bytes give the same plan bytes. Pure values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/app_id.h"
#include "engine/model/diff.h"
#include "engine/model/object_id.h"
#include "engine/model/reason.h"
#include "engine/model/revision.h"
#include "engine/model/step.h"

namespace gitops {

/// The names are stored and part of the JSON contract.
enum class ActionKind { kCreate, kUpdate, kReplace, kDelete, kRun };

std::string_view ToString(ActionKind kind);
std::optional<ActionKind> ParseActionKind(std::string_view text);

/// One step to carry out (or, for kDelete, to undo).
struct Action {
  ActionKind kind = ActionKind::kRun;
  /// Complete: what is carried out and, when it succeeds, recorded. For kDelete the recorded step.
  Step step;
  Reason reason;
  std::vector<Change> changes;
  /// Set: run only when one of these outputs differs from what the step was last run with. The
  /// executor compares digests and journals kSkipped otherwise.
  std::vector<OutputRef> guard;
  /// Guarded like the other actions of the app: run only if any of them ran (health checks).
  bool guard_any = false;

  bool operator==(const Action&) const = default;
};

enum class PlanKind { kApply, kRollback, kDelete };

std::string_view ToString(PlanKind kind);
std::optional<PlanKind> ParsePlanKind(std::string_view text);

struct Plan {
  AppId app;
  PlanKind kind = PlanKind::kApply;
  Revision revision;                  ///< What the app is brought to (or was at, for kDelete).
  std::uint64_t recorded_serial = 0;  ///< Refused when the record moved on since.
  std::string desired_digest;         ///< DesiredState::Digest; "" for kDelete.
  std::string app_version;
  std::string pattern;
  std::string provider;
  ObjectId app_tree;  ///< Trees the actions read. For kDelete the ones last applied.
  ObjectId pattern_tree;
  int to_snapshot = 0;          ///< kRollback: the snapshot it returns to.
  std::vector<Action> actions;  ///< In the order in which they run.

  bool IsEmpty() const { return actions.empty(); }

  bool operator==(const Plan&) const = default;
};

}  // namespace gitops
