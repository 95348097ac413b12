// Snapshot: everything needed to return an app to a state that was healthy once. The trees live in
// the source's mirror, the rest in the store. Numbered per app from 1. Pure value.
#pragma once

#include <string>

#include "engine/base/clock.h"
#include "engine/model/app_id.h"
#include "engine/model/object_id.h"
#include "engine/model/recorded_state.h"
#include "engine/model/revision.h"

namespace gitops {

struct Snapshot {
  AppId app;
  int number = 0;
  std::string source;     ///< Whose mirror holds the trees.
  std::string directory;  ///< Of the app in the source, for messages.
  Revision revision;
  ObjectId app_tree;
  ObjectId pattern_tree;
  std::string pattern;
  std::string provider;
  std::string desired_digest;
  bool healthy = false;  ///< Its run succeeded, health checks included.
  WallTime created_at{};
  RunId run = 0;

  bool operator==(const Snapshot&) const = default;
};

}  // namespace gitops
