// Timestamps as text: RFC 3339 in UTC with milliseconds, as in "2026-11-21T08:15:30.250Z". Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"

namespace gitops {

/// RFC 3339, UTC, three decimals.
std::string FormatTimestamp(WallTime time);

/// Reads what FormatTimestamp writes; nullopt for anything else.
std::optional<WallTime> ParseTimestamp(std::string_view text);

/// "3s", "4m12s", "2h05m", "3d4h": a duration for people; at most two units.
std::string FormatDuration(std::chrono::milliseconds duration);

}  // namespace gitops
