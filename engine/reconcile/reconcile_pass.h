// ReconcilePass: one pass over everything that is asked for: recover, look, plan, decide, record,
// apply, report. A dry run is the same pass stopped before "record". One object serves one pass.
#pragma once

#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/reconcile/app_runner.h"
#include "engine/reconcile/candidate.h"
#include "engine/reconcile/engine.h"
#include "engine/reconcile/parts.h"
#include "engine/reconcile/pattern_shelf.h"
#include "engine/reconcile/source_look.h"

namespace gitops {

class ReconcilePass {
 public:
  ReconcilePass(const EngineParts& parts, const ReconcileRequest& request, std::stop_token stop);

  Result<ReconcileReport> Run();

 private:
  Status LoadNames();
  Status RecoverUnfinished();
  Status LookAtSources();
  Status KeepAskedFor();
  Status PlanAll();
  Status Plan(Candidate& candidate, const ObjectId& source_tree);
  Status Record();
  Result<ReconcileReport> MakeReport();
  bool Concerns(const SourceSpec& source) const;
  Error UnknownApp(const std::string& name, const std::vector<AppRecord>& known) const;

  const EngineParts& parts_;
  const ReconcileRequest& request_;
  std::stop_token stop_;
  PatternShelf patterns_;
  AppRunner runner_;
  std::vector<AppId> asked_for_;         ///< Named apps that the store knows.
  std::set<std::string> unknown_names_;  ///< Named apps that only a look can find.
  std::set<std::string> sources_of_named_;
  std::vector<SourceLook> looks_;
  std::map<AppId, AppReport> recovered_;
  Diagnostics diagnostics_;
};

/// All candidates of a pass, in the order of their ids.
std::vector<Candidate*> CandidatesOf(std::vector<SourceLook>& looks);

}  // namespace gitops
