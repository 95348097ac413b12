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

/// A pass may hold one for each app of a source, so what is large is behind a pointer and goes when
/// it is not needed any more.
struct Candidate {
  std::shared_ptr<const AppRecord> stored;  ///< As it was before this pass; null for a new app.
  AppRecord record;                         ///< As it is to be saved.
  std::shared_ptr<const SourceSpec> source;
  std::shared_ptr<const Manifest> manifest;  ///< When this pass has read it already.
  std::shared_ptr<const FileTree> files;     ///< The app's directory, with `manifest`.
  std::string manifest_file;                 ///< Of `manifest`, or where reading it failed.
  Location depends_on_place;                 ///< Where the manifest says what it depends on.
  bool asked_for = false;                    ///< A person named it.
  bool planned = false;                      ///< PlanCandidate has been there.
  bool explained = false;                    ///< What is desired is needed after planning, too.

  std::unique_ptr<Wanted> wanted;
  RecordedState recorded;
  std::unique_ptr<Plan> plan;  ///< Not empty; applied when `decision` lets it.
  ApplyDecision decision;
  AppReport report;
};

}  // namespace gitops
