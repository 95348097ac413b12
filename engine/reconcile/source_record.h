// SourceRecord of a look: what it says of the source itself, its record and the events about it,
// and how all that a look found is made durable. Thread-safe for different looks.
#pragma once

#include <string>

#include "engine/base/clock.h"
#include "engine/reconcile/source_look.h"

namespace gitops {

/// What was read of a source, as far as it was read cleanly.
struct SourceRead {
  const Revision& tip;
  const ObjectId& tree;
  const ObjectId& patterns_tree;
  const std::string& outside_digest;  ///< As in SourceLookRequest.
  const SourceRecord* stored;         ///< Null when it was never read.
};

/// Brings the record, the report and the events of `look` up to date with what was read, or with
/// the error in its report.
void UpdateSourceRecord(const SourceRead& read, WallTime now, SourceLook& look);

}  // namespace gitops
