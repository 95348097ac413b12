// SourceSpecs: finding the source that an app came from, also when it is no longer configured.
#pragma once

#include <string>

#include "engine/base/error.h"
#include "engine/model/app_record.h"
#include "engine/model/config.h"

namespace gitops {

/// The source of apps that `up PATH` brought: a mirror without a remote.
inline constexpr std::string_view kUpSource = "up";

/// The configured source called `name`, or null.
const SourceSpec* FindSource(const Config& config, const std::string& name);

/// The source of an app; one with just its name (a mirror without a remote) when it is not
/// configured.
SourceSpec SpecOf(const Config& config, const AppRecord& record);

/// The app is in a configured source: taken down, its row stays, so that it does not come back.
bool GitWants(const Config& config, const AppRecord& record);

/// "no such source", with the nearest names.
Error UnknownSource(const Config& config, const std::string& name);

}  // namespace gitops
