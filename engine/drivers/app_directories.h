// AppDirectories: where an app lives on this machine when its provider is `local`. Pure value.
#pragma once

#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/model/app_id.h"
#include "engine/os/confinement.h"

namespace gitops {

struct AppDirectories {
  std::string root;         ///< `<state>/apps/<environment>/<name>`; all others are in it.
  std::string source;       ///< The app's files.
  std::string deployment;   ///< `deployment/*`; where hooks run.
  std::string data;         ///< The app's own; outlives updates.
  std::string run;          ///< The engine's notes about running hooks.
  std::string home;         ///< HOME of hooks.
  std::string tmp;          ///< TMPDIR of hooks.
  std::string host_record;  ///< host.json: size and identity.

  AppDirectories(const std::string& state_dir, const AppId& app);

  /// Makes those of them that are missing, with mode 0700. With `owner`, another user than this
  /// one, source, deployment, data, home and tmp are that user's and `root` lets it pass, but not
  /// write: it cannot put a link in the place of one of them. Errors: kInvalid, kTransient.
  Status Make(std::optional<ChildUser> owner = std::nullopt) const;
};

}  // namespace gitops
