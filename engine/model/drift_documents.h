// Drift documents: drift as trees for JSON and YAML, in the shape that docs/drift.md promises.
// Functions without state.
#pragma once

#include <optional>

#include "engine/model/document_writer.h"
#include "engine/model/drift.h"

namespace gitops {

/// A value: one app with its steps.
void WriteAppDrift(DocumentWriter& writer, const AppDrift& drift);
/// The member "drift" of an app's status: what the daemon last saw, or null.
void WriteKeptDrift(DocumentWriter& writer, const std::optional<AppDrift>& drift);
/// Members of the root object.
void WriteDriftReport(DocumentWriter& writer, const DriftReport& report);

}  // namespace gitops
