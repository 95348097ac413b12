// SourceLook: one look at a source. Asks the remote, finds which apps may be affected and what
// their manifests say; reads nothing else. Writes nothing: the pass records the result.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/model/event.h"
#include "engine/model/report.h"
#include "engine/model/source.h"
#include "engine/reconcile/candidate.h"
#include "engine/reconcile/parts.h"
#include "engine/reconcile/pattern_shelf.h"

namespace gitops {

struct SourceLook {
  SourceSpec source;
  SourceReport report;
  SourceRecord record;
  bool record_changed = false;
  bool clean = false;  ///< The remote answered and the whole change could be read.
  std::vector<std::unique_ptr<Candidate>> candidates;  ///< Sorted by app.
  std::vector<AppId> forgotten;  ///< Rows of invalid manifests that turned out to be other apps.
  std::vector<Event> events;
};

struct SourceLookRequest {
  const SourceSpec& source;
  const SourceRecord* stored = nullptr;  ///< Null when it was never read.
  std::vector<AppId> asked_for;          ///< Apps of this source that a person named.
  bool full = false;           ///< Compare every app with its record, whatever commits changed.
  std::string outside_digest;  ///< Of what the apps depend on outside Git (values, patterns).
  /// Plans an app whose manifest was just read, at the source's tree; may be empty. Called by
  /// several threads.
  std::function<Status(Candidate&, const ObjectId&)> plan;
};

/// Looks. A source that cannot be read is not an Error: the report says so and the candidates are
/// the apps that need work anyway, at the last good revision. Errors: those of the store;
/// kCancelled.
Result<SourceLook> LookAtSource(const EngineParts& parts, PatternShelf& patterns,
                                const SourceLookRequest& request, std::stop_token stop);

/// Makes a look durable, all in one transaction: the source, the apps that differ from what is
/// stored, the events. `beside_others`: apps are worked on meanwhile (SourceSync::only_looks).
Status RecordLook(Store& store, const SourceLook& look, bool beside_others);

}  // namespace gitops
