// The `server:` part of reconciler.yaml: what the table cannot say (addresses, networks, the public
// URL, TLS files that are there).
#pragma once

#include "engine/model/server_spec.h"
#include "engine/reconcile/config_context.h"

namespace gitops {

/// Reads the map `server`. Problems go to the context; of a part that does not fit its shape, which
/// is reported elsewhere, the defaults are left.
ServerSpec ReadServer(const YamlNode& server, ConfigContext& context);

}  // namespace gitops
