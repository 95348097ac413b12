#include "engine/cli/containment_checks.h"

#include <unistd.h>

#include <string>

#include "engine/drivers/app_policy.h"
#include "engine/os/confinement.h"
#include "engine/os/control_group.h"

namespace gitops {
namespace {

constexpr const char* kHowTo = "set environments.<name>.runAs: app; docs/security.md";

/// The environments whose hooks have the engine's rights, "a, b".
std::string OpenEnvironments(const Config& config) {
  std::string names;
  for (const auto& [name, environment] : config.environments) {
    if (environment.run_as != kRunAsEngine) continue;
    names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

DoctorCheck CheckUsers(const Config& config, bool possible) {
  const std::string name = "containment.user";
  const std::string open = OpenEnvironments(config);
  const bool all_own = !config.environments.empty() && open.empty();
  if (all_own && possible) {
    return {name, CheckOutcome::kGood, "hooks run as users of their apps", ""};
  }
  if (all_own) {
    return {name, CheckOutcome::kBad, "runAs asks for other users, which is not possible here",
            "run the engine as root, outside containers that forbid mount namespaces"};
  }
  const std::string whose = open.empty() ? "" : " of " + open;
  if (geteuid() == 0) {
    return {name, CheckOutcome::kWarning, "hooks" + whose + " run as root", kHowTo};
  }
  return {name, CheckOutcome::kGood,
          "hooks" + whose + " run as the engine's user, with all its rights", ""};
}

DoctorCheck CheckGroups() {
  const std::string name = "containment.groups";
  const ControlGroupPlace place = FindControlGroups();
  if (place.version == 0) {
    return {name, CheckOutcome::kGood,
            "control groups: none; limits.appProcesses holds only for users of apps (for more: run "
            "the engine as root, or in a subgroup of a delegated control group)",
            ""};
  }
  return {name, CheckOutcome::kGood,
          std::string("control groups: ") + (place.version == 2 ? "v2" : "v1") +
              " pids; limits.appProcesses bounds each app as a whole" +
              (place.memory_version == 0
                   ? "; no memory controller: limits.appMemory bounds each program only"
                   : std::string("; v") + std::to_string(place.memory_version) +
                         " memory: so does limits.appMemory"),
          ""};
}

}  // namespace

std::vector<DoctorCheck> CheckContainment(const Config& config) {
  const bool possible = CanConfine();
  std::vector<DoctorCheck> checks{CheckUsers(config, possible)};
  checks.push_back(
      {"containment.mounts", CheckOutcome::kGood,
       possible ? "users of apps, private files and a private /tmp are possible (runAs: app)"
                : "users of apps and private files are not possible: that needs root and mount "
                  "namespaces",
       ""});
  checks.push_back({"containment.leftovers", CheckOutcome::kGood,
                    "hooks are guarded: what a failed one leaves behind is killed", ""});
  checks.push_back(CheckGroups());
  return checks;
}

}  // namespace gitops
