#include "engine/model/drift_documents.h"

#include "engine/base/timestamp.h"

namespace gitops {
namespace {

void WriteSteps(DocumentWriter& writer, const std::vector<StepDrift>& steps) {
  writer.Key("steps");
  writer.BeginList();
  for (const StepDrift& step : steps) {
    writer.BeginObject();
    writer.Member("phase", ToString(step.address.phase));
    writer.Member("step", step.address.step);
    writer.TextOrNull("host", step.address.host);
    writer.Member("verdict", ToString(step.verdict));
    writer.TextOrNull("detail", step.detail);
    writer.EndObject();
  }
  writer.EndList();
}

}  // namespace

void WriteKeptDrift(DocumentWriter& writer, const std::optional<AppDrift>& drift) {
  writer.Key("drift");
  if (!drift) return writer.Null();
  writer.BeginObject();
  writer.Member("verdict", ToString(drift->verdict));
  writer.Member("checkedAt", FormatTimestamp(drift->checked));
  WriteSteps(writer, drift->steps);
  writer.EndObject();
}

void WriteAppDrift(DocumentWriter& writer, const AppDrift& drift) {
  writer.BeginObject();
  writer.Member("app", drift.app.name);
  writer.Member("environment", drift.app.environment);
  writer.Member("id", drift.app.ToString());
  writer.Member("verdict", ToString(drift.verdict));
  writer.TextOrNull("reason", drift.reason);
  writer.Member("serial", static_cast<std::int64_t>(drift.serial));
  writer.Member("checkedAt", FormatTimestamp(drift.checked));
  WriteSteps(writer, drift.steps);
  writer.EndObject();
}

void WriteDriftReport(DocumentWriter& writer, const DriftReport& report) {
  writer.Key("apps");
  writer.BeginList();
  for (const AppDrift& app : report.apps) WriteAppDrift(writer, app);
  writer.EndList();
  const DriftReport::Summary summary = report.Summarise();
  writer.Key("summary");
  writer.BeginObject();
  writer.Count("inSync", summary.in_sync);
  writer.Count("drifted", summary.drifted);
  writer.Count("missing", summary.missing);
  writer.Count("unknown", summary.unknown);
  writer.EndObject();
}

}  // namespace gitops
