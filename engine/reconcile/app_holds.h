// AppHolds: what a person says about an app's being worked on at all. Takes effect at once, also
// while a run of the app is under way.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/model/app_id.h"
#include "engine/reconcile/parts.h"

namespace gitops {

/// Nothing of the app is touched until ResumeApp. Errors: kNotFound when there is no such app.
Status SuspendApp(const EngineParts& parts, const AppId& app, const std::string& reason,
                  const std::string& by);

/// Lifts everything that holds the app back: a suspension, rejections, a pin, a wait after a
/// failure, a rollback that is owed. Errors: as SuspendApp.
Status ResumeApp(const EngineParts& parts, const AppId& app, const std::string& by);

}  // namespace gitops
