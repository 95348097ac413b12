// HostEnvironment: what the process was started with and on: variables, folders, terminals. Read
// once by main; a plain value from then on.
#pragma once

#include <map>
#include <string>

#include "engine/cli/arguments.h"
#include "engine/cli/screen.h"
#include "engine/reconcile/config_reader.h"

namespace gitops {

struct HostEnvironment {
  std::map<std::string, std::string> variables;
  std::string working_directory;
  std::string executable;        ///< Absolute path of this binary.
  std::string shipped_patterns;  ///< "" when there are none.
  std::string user;              ///< Who asked: the user behind sudo, too.
  bool root = false;
  bool input_is_terminal = false;
  bool output_is_terminal = false;
  bool error_is_terminal = false;
  int output_width = 0;  ///< Columns; 0: not known.
  int error_width = 0;
};

/// Reads it all. Patterns are looked for in ../share/tfgrid-compose/patterns from the executable,
/// then in the source tree the binary was built from.
HostEnvironment ReadHostEnvironment();

ConfigRequest MakeConfigRequest(const HostEnvironment& host, const Arguments& arguments);

/// Colours and widths: only on terminals, without NO_COLOR (https://no-color.org), TERM=dumb and
/// --no-color; ASCII signs where the locale says that the terminal has no UTF-8.
ScreenOptions MakeScreenOptions(const HostEnvironment& host, const Arguments& arguments);

}  // namespace gitops
