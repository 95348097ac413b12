// Reads the parts of reconciler.yaml that say how the engine tells what it does. Pure but for the
// checks of files that they name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/model/config.h"
#include "engine/reconcile/config_context.h"
#include "engine/yaml/node.h"

namespace gitops {

LogSpec ReadLogSpec(const YamlNode& node);

OtlpSpec ReadTelemetry(const YamlNode& node, ConfigContext& context);

/// Items that are wrong are reported and left out.
std::vector<NotificationTarget> ReadNotifications(const YamlNode& list, ConfigContext& context);

/// REQUIRES: the node fits its shape. `path` is its key path.
std::optional<CommitStatusSpec> ReadCommitStatus(const YamlNode& node, const std::string& path,
                                                 ConfigContext& context);

}  // namespace gitops
