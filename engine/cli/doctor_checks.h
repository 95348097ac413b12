// Doctor checks: what can be wrong around the engine, looked at one by one. They change nothing but
// the mirrors of sources, which are asked for news.
#pragma once

#include <stop_token>
#include <vector>

#include "engine/base/clock.h"
#include "engine/cli/doctor.h"
#include "engine/cli/engine_setup.h"
#include "engine/reconcile/config_reader.h"

namespace gitops {

/// The configuration file, with one check for each problem.
std::vector<DoctorCheck> CheckConfiguration(const Result<ConfigReading>& config);

/// The clock and the service manager.
std::vector<DoctorCheck> CheckMachine(const Clock& clock);

/// The state directory: there, private, on a disk with room.
std::vector<DoctorCheck> CheckStateDirectory(const Config& config);

std::vector<DoctorCheck> CheckPatterns(const Result<std::vector<PatternListing>>& patterns);

/// The lock, the database and, when nobody else holds the lock, every source.
std::vector<DoctorCheck> CheckState(const SetupRequest& request, std::stop_token stop);

/// The sources of a machine without a state, which are asked from a scratch one.
std::vector<DoctorCheck> CheckWithoutState(const SetupRequest& scratch, std::stop_token stop);

}  // namespace gitops
