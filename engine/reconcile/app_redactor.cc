#include "engine/reconcile/app_redactor.h"

#include <vector>

namespace gitops {

Redactor RedactorFor(const AppVariables& variables) {
  std::vector<Secret> secrets;
  for (const AppVariable& variable : variables.values) {
    if (variable.secret) secrets.push_back(variable.value);
  }
  return Redactor(secrets);
}

}  // namespace gitops
