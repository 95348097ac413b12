// KeptView: tells an app now and lets go of what it was told from: of a large source nothing else
// fits into memory. Pure.
#pragma once

#include <functional>
#include <string>

#include "engine/model/report.h"

namespace gitops {

/// Puts what `view` says of the app in the place of its actions and changes.
void KeepView(AppReport& report, const std::function<std::string(const AppReport&)>& view);

}  // namespace gitops
