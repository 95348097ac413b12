#include "engine/reconcile/removed_sources.h"

#include <string>
#include <utility>

#include "engine/reconcile/source_specs.h"

namespace gitops {

Result<Diagnostics> ForgetRemovedSources(const EngineParts& parts) {
  Diagnostics left;
  ASSIGN_OR_RETURN(const auto stored, parts.store.LoadSources());
  for (const SourceRecord& record : stored) {
    if (FindSource(parts.config, record.name) != nullptr || record.name == kUpSource) continue;
    AppFilter filter;
    filter.source = record.name;
    ASSIGN_OR_RETURN(const std::size_t apps, parts.store.CountApps(filter));
    if (apps == 0) {
      RETURN_IF_ERROR(parts.store.ForgetSource(record.name));
      continue;
    }
    Diagnostic note;
    note.severity = Severity::kWarning;
    note.summary = "a source is no longer configured";
    note.subject = record.name;
    note.detail = "its " + std::to_string(apps) + " apps run on, and nothing updates them";
    note.hint = "configure it again, or remove the apps: tfgrid-compose down APP";
    left.push_back(std::move(note));
  }
  return left;
}

}  // namespace gitops
