// LogChoice: how the engine's log is written, decided from the configuration, the arguments and
// what standard error is. Pure.
#pragma once

#include "engine/base/log.h"
#include "engine/cli/arguments.h"
#include "engine/model/config.h"

namespace gitops {

struct LogChoice {
  LogLevel level = LogLevel::kWarning;
  LogFormat format = LogFormat::kText;

  bool operator==(const LogChoice&) const = default;
};

LogChoice ChooseLog(const LogSpec& spec, const Arguments& arguments, bool error_is_terminal);

}  // namespace gitops
