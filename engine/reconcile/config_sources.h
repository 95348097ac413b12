// The `sources:` part of reconciler.yaml: what the table cannot say (URLs, refs, credentials that
// fit the URL, names that are unique).
#pragma once

#include <vector>

#include "engine/model/source.h"
#include "engine/reconcile/config_context.h"

namespace gitops {

/// Reads the list `sources`. Problems go to the context; of a source that does not fit its shape,
/// which is reported elsewhere, only name and place are read.
std::vector<SourceSpec> ReadSources(const YamlNode& sources, ConfigContext& context);

}  // namespace gitops
