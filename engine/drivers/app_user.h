// AppUser: the user of this machine as whom an app's files exist and its programs run. Users of
// apps are mere numbers: no account is made. Which app has which number is noted in
// `<state>/users/<number>`, a link whose text is the app. Stateless, thread-safe.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/drivers/app_directories.h"
#include "engine/drivers/local_options.h"
#include "engine/model/app_id.h"
#include "engine/os/confinement.h"

namespace gitops {

struct AppUser {
  ChildUser ids;
  std::string name;        ///< For USER; the number where there is no account.
  bool separate = false;   ///< Another one than the engine's.
  bool exclusive = false;  ///< No other app has it.
};

/// The user of `app`, as its environment's `runAs` says; a number is taken where it has none yet.
/// Errors: kInvalid (no such account; not possible without root; no number left).
Result<AppUser> AppUserOf(const LocalOptions& options, const AppId& app);

/// The same, but never takes a number: before an app has one it is the engine's user.
Result<AppUser> KnownAppUser(const LocalOptions& options, const AppId& app);

/// Gives the number of `app` back, when it has one. REQUIRES: its processes and files are gone.
Status ReleaseAppUser(const LocalOptions& options, const AppId& app);

}  // namespace gitops
