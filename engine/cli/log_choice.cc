#include "engine/cli/log_choice.h"

#include "engine/cli/command_table.h"

namespace gitops {

LogChoice ChooseLog(const LogSpec& spec, const Arguments& arguments, bool error_is_terminal) {
  const bool daemon = arguments.command != nullptr && arguments.command->name == "serve";
  LogChoice choice;
  choice.level = daemon ? LogLevel::kInfo : LogLevel::kWarning;
  if (const auto level = ParseLogLevel(spec.level)) choice.level = *level;
  if (arguments.log_level) choice.level = *arguments.log_level;
  const bool json =
      spec.format == "json" || (spec.format == "auto" && daemon && !error_is_terminal);
  choice.format = json ? LogFormat::kJson : LogFormat::kText;
  return choice;
}

}  // namespace gitops
