// Texts: what commands without a renderer of their own show to people. Escaped; without colours not
// one escape sequence is written. Pure: times are shown relative to `now`.
#pragma once

#include <string>
#include <vector>

#include "differ/render.h"
#include "engine/base/clock.h"
#include "engine/model/report.h"

namespace gitops {

/// All apps as a table, below it the sources that have errors.
std::string StatusText(const StatusReport& report, const RenderOptions& options);
/// One app in full.
std::string AppStatusText(const AppStatus& status, WallTime now, const RenderOptions& options);
std::string HistoryText(const HistoryReport& report, WallTime now, const RenderOptions& options);

/// "3m ago", "just now"; the timestamp when it lies in the future.
std::string Ago(WallTime time, WallTime now);

}  // namespace gitops
