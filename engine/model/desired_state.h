// DesiredState: manifest + pattern + environment, expanded into steps with their inputs. Pure.
#pragma once

#include <string>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/model/app_id.h"
#include "engine/model/object_id.h"
#include "engine/model/revision.h"
#include "engine/model/step.h"

namespace gitops {

struct DesiredState {
  AppId app;
  Revision revision;
  std::string app_version;
  std::string pattern;
  std::string pattern_version;
  std::string provider;
  ObjectId app_tree;      ///< The app's directory at that revision.
  ObjectId pattern_tree;  ///< The pattern's directory.
  std::vector<AppId> depends_on;
  std::vector<Step> steps;  ///< Sorted by address.
  Diagnostics diagnostics;  ///< Warnings and notes of expansion.

  /// Digest over every step's address, driver and inputs: two revisions with the same digest want
  /// the same thing. This is what a rollback rejects.
  std::string Digest() const;

  /// The step at `address`, or null.
  const Step* Find(const StepAddress& address) const;
};

}  // namespace gitops
