// Names: which apps a person means by "web" or "production/web".
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/app_record.h"
#include "engine/store/store.h"

namespace gitops {

/// All recorded apps that `name` may mean: the app "environment/name", or the apps called `name` in
/// every environment (in `environment` only, when it is given). Empty when there is none.
/// Errors: kInvalid when the text cannot be a name; those of the store.
Result<std::vector<AppRecord>> FindAppsNamed(Store& store, const std::string& name,
                                             const std::string& environment);

/// Exactly one app. Errors also: kNotFound with the nearest names, kInvalid when several
/// environments have it (the message names them).
Result<AppRecord> FindOneApp(Store& store, const std::string& name);

}  // namespace gitops
