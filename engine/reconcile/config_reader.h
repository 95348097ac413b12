// Config reader: finds reconciler.yaml, checks it against one table and turns it into a Config.
// Reads files only; changes nothing. Safe to call from any thread.
#pragma once

#include <map>
#include <string>

#include "engine/base/diagnostic.h"
#include "engine/base/result.h"
#include "engine/model/config.h"

namespace gitops {

/// Everything the result depends on besides files, so that a test can say it.
struct ConfigRequest {
  std::string config_file;  ///< --config; "" searches.
  std::string state_dir;    ///< --state-dir; "" decides as described at ReadConfig.
  /// The engine's own environment: TFGRID_COMPOSE_CONFIG, TFGRID_COMPOSE_STATE_DIR,
  /// XDG_CONFIG_HOME, XDG_STATE_HOME, HOME, and the variables that secrets are read from.
  std::map<std::string, std::string> environment;
  std::string working_directory;  ///< Absolute; relative arguments start here.
  bool root = false;              ///< Effective user is root: the state is the system's.
  std::string shipped_patterns;   ///< Directory of the patterns that come with the program.
  std::string system_directory = "/etc/tfgrid-compose";
};

struct ConfigReading {
  Config config;
  Diagnostics warnings;  ///< Warnings and notes; errors are an Error.
};

/// Reads the first of: --config, $TFGRID_COMPOSE_CONFIG, ./reconciler.yaml,
/// $XDG_CONFIG_HOME/tfgrid-compose/reconciler.yaml (~/.config), the system's directory. When there
/// is none and none was asked for, the embedded defaults: environment "default" with provider
/// local, no sources, the shipped patterns.
///
/// The state directory is --state-dir, $TFGRID_COMPOSE_STATE_DIR, the folder of `state:`, else
/// /var/lib/tfgrid-compose for root and $XDG_STATE_HOME/tfgrid-compose (~/.local/state) for others.
/// A directory that is given moves the database too, so that lock and database stay together.
///
/// Relative paths in the file start at the file's directory. Errors: kNotFound (the file that was
/// asked for), kInvalid with every problem of the file, each with its place, the nearest key and
/// how to fix it.
Result<ConfigReading> ReadConfig(const ConfigRequest& request);

}  // namespace gitops
