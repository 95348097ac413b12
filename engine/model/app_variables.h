// AppVariables: the values of an app's declared environment, as of now. They reach hooks and never
// the store, a plan or a view; inputs hold digests of them. Values, no threads.
#pragma once

#include <string>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/base/secret.h"

namespace gitops {

struct AppVariable {
  std::string name;
  Secret value;
  bool secret = false;  ///< Shown as "(secret)"; its digest is keyed.
  std::string origin;   ///< "default", "env_file", "environment", "app": for `explain`.
};

struct AppVariables {
  std::vector<AppVariable> values;  ///< Sorted by name.
  Diagnostics missing;              ///< One error for each required variable without a value.
};

}  // namespace gitops
