// Documents: reports as trees for JSON and YAML, in the shape that docs/cli.md promises. What is
// not known is an explicit null. Functions without state; each writes the members of the root
// object, or one value where it says so.
#pragma once

#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/model/document_writer.h"
#include "engine/model/report.h"

namespace gitops {

/// "error", "warning", "note".
std::string_view SeverityName(Severity severity);

/// A value: `{kind, diagnostics}`.
void WriteError(DocumentWriter& writer, const Error& error);
/// A value: a list of messages.
void WriteDiagnostics(DocumentWriter& writer, const Diagnostics& diagnostics);

void WriteReconcileReport(DocumentWriter& writer, const ReconcileReport& report);
void WriteStatusReport(DocumentWriter& writer, const StatusReport& report);
/// A value: one app of a status report.
void WriteAppStatus(DocumentWriter& writer, const AppStatus& status);
/// A value: what lists of apps show of one.
void WriteAppHead(DocumentWriter& writer, const AppStatus& status);
/// A value: one run with its actions.
void WriteRun(DocumentWriter& writer, const Run& run);
/// The members "sources" and "snapshots".
void WriteSources(DocumentWriter& writer, const std::vector<SourceReport>& sources);
void WriteSnapshots(DocumentWriter& writer, const std::vector<Snapshot>& snapshots);
void WriteExplainReport(DocumentWriter& writer, const ExplainReport& report);
void WriteHistoryReport(DocumentWriter& writer, const HistoryReport& report);

}  // namespace gitops
