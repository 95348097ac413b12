#include "engine/reconcile/source_specs.h"

#include <vector>

#include "engine/base/suggest.h"

namespace gitops {

const SourceSpec* FindSource(const Config& config, const std::string& name) {
  for (const SourceSpec& source : config.sources) {
    if (source.name == name) return &source;
  }
  return nullptr;
}

SourceSpec SpecOf(const Config& config, const AppRecord& record) {
  if (const SourceSpec* source = FindSource(config, record.source); source != nullptr) {
    return *source;
  }
  SourceSpec spec;
  spec.name = record.source.empty() ? std::string(kUpSource) : record.source;
  spec.environment = record.id.environment;
  return spec;
}

bool GitWants(const Config& config, const AppRecord& record) {
  return record.presence != Presence::kOrphaned && FindSource(config, record.source) != nullptr;
}

Error UnknownSource(const Config& config, const std::string& name) {
  std::vector<std::string> names;
  for (const SourceSpec& source : config.sources) names.push_back(source.name);
  return MakeError(ErrorKind::kNotFound, "no such source",
                   "\"" + name + "\" is not among the configured sources",
                   SuggestName(name, names));
}

}  // namespace gitops
