// Candidate: an app that is looked at in this pass, from its source to its report. Plain values;
// each candidate is worked on by one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/app_record.h"
#include "engine/model/app_variables.h"
#include "engine/model/desired_state.h"
#include "engine/model/file_tree.h"
#include "engine/model/manifest.h"
#include "engine/model/plan.h"
#include "engine/model/recorded_state.h"
#include "engine/model/report.h"
#include "engine/model/source.h"
#include "engine/reconcile/policy.h"

namespace gitops {

/// What an app is wanted to be, with everything that applying it needs.
struct Wanted {
  DesiredState desired;
  std::string manifest_file;  ///< From the repository's root, for messages.
  std::shared_ptr<const Manifest> manifest;
  AppVariables variables;
  std::shared_ptr<const FileTree> app_files;
  std::shared_ptr<const FileTree> pattern_files;
  /// The pattern is not in the source's repository: it has to be copied before a snapshot.
  bool pattern_is_foreign = false;
};

/// An app's directory of which a pass has just read the manifest.
struct ReadApp {
  std::shared_ptr<const Manifest> manifest;
  std::shared_ptr<const FileTree> files;  ///< Null: to be opened.
};

/// A pass may hold one for each app of a source, so what is large is behind a pointer and goes when
/// it is not needed any more.
struct Candidate {
  std::shared_ptr<const AppRecord> stored;  ///< As it was before this pass; null for a new app.
  AppRecord record;                         ///< As it is to be saved.
  std::shared_ptr<const SourceSpec> source;
  std::unique_ptr<ReadApp> read;  ///< When this pass has read the manifest already.
  std::string manifest_file;      ///< Of `read`, or where reading it failed; see ManifestFileOf.
  std::unique_ptr<const Location> depends_on_place;  ///< Where the manifest says so; or null.
  bool asked_for = false;                            ///< A person named it.
  bool planned = false;                              ///< PlanCandidate has been there.
  bool explained = false;       ///< What is desired is needed after planning, too.
  bool viewed = false;          ///< Told as text once planned; then the plan goes.
  bool snapshot_waits = false;  ///< It is still to be guarded (GuardSnapshot).

  std::unique_ptr<Wanted> wanted;
  RecordedState recorded;
  std::unique_ptr<Plan> plan;  ///< Not empty; applied when `decision` lets it.
  ApplyDecision decision;
  /// Never null. By itself, as it outlives the candidate: it is what the pass tells in the end.
  std::unique_ptr<AppReport> report = std::make_unique<AppReport>();
};

/// The order of candidates by app.
struct ByApp {
  using is_transparent = void;
  bool operator()(const Candidate* a, const Candidate* b) const {
    return a->record.id < b->record.id;
  }
  bool operator()(const Candidate* a, const AppId& b) const { return a->record.id < b; }
  bool operator()(const AppId& a, const Candidate* b) const { return a < b->record.id; }
};

}  // namespace gitops
