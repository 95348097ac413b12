// What doctor says about hooks: as whom they run here, and what could keep them in. Looks, changes
// nothing.
#pragma once

#include <vector>

#include "engine/cli/doctor.h"
#include "engine/model/config.h"

namespace gitops {

std::vector<DoctorCheck> CheckContainment(const Config& config);

}  // namespace gitops
