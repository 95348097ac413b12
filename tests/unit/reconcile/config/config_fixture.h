// A private directory with configuration files, for tests of the configuration reader.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "engine/reconcile/config_reader.h"

namespace gitops {

class ConfigTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string path = (std::filesystem::temp_directory_path() / "config-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    directory_ = std::filesystem::canonical(path).string();
    request_.working_directory = directory_;
    request_.environment["HOME"] = directory_ + "/home";
    request_.shipped_patterns = "/usr/share/tfgrid-compose/patterns";
    request_.system_directory = directory_ + "/etc";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name) const { return directory_ + "/" + name; }

  std::string Write(const std::string& name, const std::string& text, mode_t mode = 0644) const {
    const std::filesystem::path path = Path(name);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path.string();
  }

  Result<ConfigReading> Read(const std::string& text) {
    request_.config_file = Write("reconciler.yaml", text);
    return ReadConfig(request_);
  }

  /// All diagnostics of a refusal or, after the warnings, of a success; one per line.
  std::string Messages(const std::string& text) {
    const Result<ConfigReading> reading = Read(text);
    std::string lines = reading ? "accepted\n" : "";
    for (const Diagnostic& diagnostic : reading ? reading->warnings : reading.error().diagnostics) {
      std::string line = diagnostic.ToString();
      const std::size_t place = line.find(directory_ + "/");
      if (place == 0) line.erase(0, directory_.size() + 1);
      lines += line + "\n";
    }
    return lines;
  }

  ConfigRequest request_;
  std::string directory_;
};

}  // namespace gitops
