// AppRedactor: the redactor of everything that is told of one app.
#pragma once

#include "engine/base/redactor.h"
#include "engine/model/app_variables.h"

namespace gitops {

/// Hides the secret values among `variables`.
Redactor RedactorFor(const AppVariables& variables);

}  // namespace gitops
