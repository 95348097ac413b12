#include "engine/cli/starter.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <filesystem>

#include "engine/model/app_id.h"
#include "engine/os/system_error.h"
#include "engine/os/unique_fd.h"

namespace gitops {
namespace {

constexpr std::string_view kManifest =
    R"(# The manifest of this app: what it is, what it needs, how it is deployed.
# All keys: docs/manifest.md. Check it at any time: tfgrid-compose validate .
name: NAME
version: 0.1.0
description: Says hello

# How it runs. Other patterns: tfgrid-compose patterns
pattern: PATTERN

# What it needs of a machine.
resources:
  cpu:
    recommended: 1
  memory:
    recommended: 1024 MB
  disk:
    recommended: 10 GB

# Scripts that run on the app's host, in this order. Each may run again: write them so that a second
# run does no harm. They get TFGRID_DATA_DIR, which outlives updates, and the variables below.
hooks:
  setup: deployment/setup.sh
  configure: deployment/configure.sh
  healthcheck: deployment/healthcheck.sh
  teardown: deployment/teardown.sh

# Variables of the app. Their values come from reconciler.yaml or from these defaults. A variable
# with "secret: true" is shown nowhere.
environment:
  - name: GREETING
    description: What the app says
    default: Hello
)";

constexpr std::string_view kSetup = R"(#!/bin/sh
# Installs what the app needs. Runs at first, and again when the app's files change.
set -eu
mkdir -p "$TFGRID_DATA_DIR"
)";

constexpr std::string_view kConfigure = R"(#!/bin/sh
# Configures and starts the app. Runs after setup, and when a variable changes.
set -eu
printf '%s from %s\n' "$GREETING" "$TFGRID_APP_NAME" > "$TFGRID_DATA_DIR/greeting"
)";

constexpr std::string_view kHealthcheck = R"(#!/bin/sh
# Succeeds when the app works. Runs after every change; a failure brings the last good state back.
set -eu
grep -q "$GREETING" "$TFGRID_DATA_DIR/greeting"
)";

constexpr std::string_view kTeardown = R"(#!/bin/sh
# Stops the app before it is removed. Its directories are removed afterwards.
set -eu
rm -f "$TFGRID_DATA_DIR/greeting"
)";

Status MakeDirectory(const std::string& path) {
  std::error_code code;
  std::filesystem::create_directories(path, code);
  if (code) return SystemError("cannot make a directory", path, code.value());
  return {};
}

Status WriteNew(const std::string& path, const StarterFile& file) {
  const mode_t mode = file.executable ? 0755 : 0644;
  const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!fd) return SystemError("cannot write a file", path, errno);
  std::size_t done = 0;
  while (done < file.text.size()) {
    const ssize_t count = write(fd.get(), file.text.data() + done, file.text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError("cannot write a file", path, errno);
    done += static_cast<std::size_t>(count);
  }
  return {};
}

}  // namespace

std::string StarterName(const std::string& directory) {
  std::string name;
  for (const char c : std::filesystem::path(directory).lexically_normal().filename().string()) {
    const auto lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const bool fits = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    if (fits) {
      name += lower;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  name = name.substr(0, 63);
  while (!name.empty() && name.back() == '-') name.pop_back();
  return IsValidName(name) ? name : "my-app";
}

std::vector<StarterFile> StarterFiles(const std::string& name, const std::string& pattern) {
  std::string manifest(kManifest);
  manifest.replace(manifest.find("PATTERN\n"), 7, pattern);
  manifest.replace(manifest.find("NAME\n"), 4, name);
  return {{"tfgrid-compose.yaml", std::move(manifest), false},
          {"deployment/setup.sh", std::string(kSetup), true},
          {"deployment/configure.sh", std::string(kConfigure), true},
          {"deployment/healthcheck.sh", std::string(kHealthcheck), true},
          {"deployment/teardown.sh", std::string(kTeardown), true}};
}

Status WriteStarter(const std::string& directory, const std::vector<StarterFile>& files) {
  std::string existing;
  std::vector<std::string> paths{"tfgrid-compose.yml"};
  for (const StarterFile& file : files) paths.push_back(file.path);
  for (const std::string& path : paths) {
    std::error_code code;
    if (!std::filesystem::exists(std::filesystem::symlink_status(directory + "/" + path, code))) {
      continue;
    }
    existing += (existing.empty() ? "" : ", ") + path;
  }
  if (!existing.empty()) {
    return MakeError(ErrorKind::kConflict, "files exist already",
                     "\"" + directory + "\" has " + existing + "; nothing was written",
                     "tfgrid-compose validate " + directory);
  }
  for (const StarterFile& file : files) {
    const std::string path = directory + "/" + file.path;
    RETURN_IF_ERROR(MakeDirectory(std::filesystem::path(path).parent_path().string()));
    RETURN_IF_ERROR(WriteNew(path, file));
  }
  return {};
}

}  // namespace gitops
