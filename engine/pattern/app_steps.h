// AppSteps: the steps that bring an app onto its hosts: files, setup, configure, healthcheck, or
// files, playbook and healthcheck. Decides which input makes which step run; pure.
#pragma once

#include <string_view>
#include <vector>

#include "engine/model/app_id.h"
#include "engine/model/app_variables.h"
#include "engine/model/manifest.h"
#include "engine/model/step.h"
#include "engine/pattern/app_content.h"
#include "engine/pattern/pattern.h"

namespace gitops {

struct AppStepsRequest {
  const AppId& app;
  const Manifest& manifest;
  const AppContent& content;
  const std::vector<PatternHost>& hosts;
  const std::vector<Step>& phase_steps;  ///< All of the app's other steps, infrastructure first.
  const AppVariables& variables;
  std::string_view digest_key;  ///< Keys the digests of secret values.
};

/// The app's steps on every host, sorted by address. With one host, addresses have no host part.
std::vector<Step> AppSteps(const AppStepsRequest& request);

}  // namespace gitops
