// Configurations: reading goes through a real file in a private directory. Formatting changes
// neither what is read nor what is complained about.
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "engine/reconcile/config_reader.h"
#include "tests/fuzz/property.h"
#include "tests/fuzz/targets.h"

namespace gitops::fuzz {
namespace {

/// A directory with the one file that is read; gone when the process ends.
class ConfigFolder {
 public:
  ConfigFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "config-fuzz-XXXXXX").string();
    Require(mkdtemp(path.data()) != nullptr, "a temporary directory can be made", path);
    path_ = path;
    request_.working_directory = path_;
    request_.environment = {{"HOME", path_ + "/home"}, {"TOKEN", "a-token-of-some-length"}};
    request_.shipped_patterns = "/usr/share/tfgrid-compose/patterns";
    request_.system_directory = path_ + "/etc";
    request_.config_file = path_ + "/reconciler.yaml";
    std::ofstream(path_ + "/secret") << "a secret that is long enough for a webhook\n";
    std::ofstream(path_ + "/key") << "-----BEGIN OPENSSH PRIVATE KEY-----\n";
  }
  ~ConfigFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ConfigFolder(const ConfigFolder&) = delete;
  ConfigFolder& operator=(const ConfigFolder&) = delete;

  Result<ConfigReading> Read(std::string_view text) const {
    std::ofstream(request_.config_file, std::ios::binary | std::ios::trunc) << text;
    return ReadConfig(request_);
  }
  const std::string& file() const { return request_.config_file; }

 private:
  std::string path_;
  ConfigRequest request_;
};

Config WithoutPlaces(Config config) {
  for (SourceSpec& source : config.sources) source.location = {};
  for (auto& [name, environment] : config.environments) environment.location = {};
  return config;
}

const Diagnostics& Complaints(const Result<ConfigReading>& reading) {
  return reading ? reading->warnings : reading.error().diagnostics;
}

}  // namespace

void FuzzConfig(std::string_view bytes) {
  static const ConfigFolder folder;
  const Result<ConfigReading> reading = folder.Read(bytes);
  Require(HasErrors(Complaints(reading)) == !reading.has_value(), "errors refuse a file");
  RequirePlacesInside(Complaints(reading), bytes, folder.file());
  if (reading) {
    Require(!reading->config.state_dir.empty() && reading->config.state_dir.front() == '/',
            "the state directory is absolute", reading->config.state_dir);
    Require(reading->config.limits.parallel_apps > 0 && reading->config.limits.parallel_fetches > 0,
            "limits allow work");
  }
  const std::string reformatted = Reformat(bytes);
  if (reformatted.empty()) return;
  const Result<ConfigReading> again = folder.Read(reformatted);
  Require(WhatTheySay(Complaints(reading)) == WhatTheySay(Complaints(again)),
          "formatting changes no complaint",
          WhatTheySay(Complaints(reading)) + "--- reformatted:\n" + reformatted +
              "--- complaints:\n" + WhatTheySay(Complaints(again)));
  Require(!reading || WithoutPlaces(reading->config) == WithoutPlaces(again->config),
          "formatting changes no setting", reformatted);
}

}  // namespace gitops::fuzz
