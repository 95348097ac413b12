#include "engine/cli/doctor_checks.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "engine/base/timestamp.h"
#include "engine/os/file_lock.h"
#include "engine/os/user_name.h"

namespace gitops {
namespace {

constexpr std::int64_t kMegabyte = 1024 * 1024;
constexpr std::int64_t kScarceMegabytes = 1024;
constexpr std::int64_t kTooFewMegabytes = 100;
/// No machine that runs this program lives before it was written.
constexpr std::string_view kEarliest = "2026-01-01T00:00:00.000Z";

DoctorCheck Good(std::string name, std::string detail) {
  return {std::move(name), CheckOutcome::kGood, std::move(detail), ""};
}

DoctorCheck Warning(std::string name, std::string detail, std::string hint = "") {
  return {std::move(name), CheckOutcome::kWarning, std::move(detail), std::move(hint)};
}

DoctorCheck Bad(std::string name, std::string detail, std::string hint = "") {
  return {std::move(name), CheckOutcome::kBad, std::move(detail), std::move(hint)};
}

DoctorCheck FromDiagnostic(std::string name, const Diagnostic& diagnostic) {
  Diagnostic without_hint = diagnostic;
  without_hint.hint.clear();
  const CheckOutcome outcome = diagnostic.severity == Severity::kError     ? CheckOutcome::kBad
                               : diagnostic.severity == Severity::kWarning ? CheckOutcome::kWarning
                                                                           : CheckOutcome::kGood;
  return {std::move(name), outcome, without_hint.ToString(), diagnostic.hint};
}

DoctorCheck FromError(std::string name, const Error& error) {
  return FromDiagnostic(std::move(name), error.primary());
}

std::string Octal(mode_t mode) {
  std::string text = "0";
  for (int shift = 6; shift >= 0; shift -= 3) {
    text += static_cast<char>('0' + ((mode >> shift) & 7U));
  }
  return text;
}

/// The directory itself or, before it is made, the one it will be made in.
std::string ExistingPart(const std::string& directory) {
  std::string path = directory;
  std::error_code code;
  while (path.size() > 1 && !std::filesystem::exists(path, code)) {
    path = std::filesystem::path(path).parent_path().string();
  }
  return path;
}

/// Hooks are started where they lie, in the state directory.
void CheckMount(const std::string& directory, std::vector<DoctorCheck>& checks) {
  const std::string path = ExistingPart(directory);
  struct statvfs info {};
  if (statvfs(path.c_str(), &info) != 0 || (info.f_flag & ST_NOEXEC) == 0) return;
  checks.push_back(
      Bad("state.mount", path + " is mounted with the option noexec: the hooks of apps cannot run",
          "mount -o remount,exec \"$(findmnt -no TARGET -T " + path + ")\", or --state-dir DIR"));
}

DoctorCheck CheckDisk(const std::string& directory) {
  const std::string path = ExistingPart(directory);
  struct statvfs info {};
  if (statvfs(path.c_str(), &info) != 0) return Warning("state.disk", "free space is not known");
  const auto free_megabytes = static_cast<std::int64_t>(info.f_bavail) *
                              static_cast<std::int64_t>(info.f_frsize) / kMegabyte;
  const std::string detail = std::to_string(free_megabytes) + " MB free";
  if (free_megabytes < kTooFewMegabytes) return Bad("state.disk", detail, "make room on " + path);
  if (free_megabytes < kScarceMegabytes)
    return Warning("state.disk", detail, "make room on " + path);
  return Good("state.disk", detail);
}

DoctorCheck CheckDatabase(EngineSetup& setup, const Config& config) {
  const Status status = setup.store().CheckIntegrity();
  if (!status) return FromError("state.database", status.error());
  return Good("state.database", DatabasePath(config) + " is whole");
}

DoctorCheck CheckReadable(const std::string& name, const std::string& file) {
  if (access(file.c_str(), R_OK) == 0) return Good(name, file + " can be read");
  return Bad(name, file + " cannot be read by this user", "chmod u+r " + file);
}

void CheckCredentials(const SourceSpec& source, std::vector<DoctorCheck>& checks) {
  const std::string name = "source." + source.name;
  const SourceAuth& auth = source.auth;
  if (!auth.ssh_key_file.empty()) checks.push_back(CheckReadable(name + ".key", auth.ssh_key_file));
  if (!auth.known_hosts_file.empty()) {
    checks.push_back(CheckReadable(name + ".hosts", auth.known_hosts_file));
  }
  if (!auth.ca_file.empty()) checks.push_back(CheckReadable(name + ".ca", auth.ca_file));
  if (auth.token && !auth.token->file.empty()) {
    checks.push_back(CheckReadable(name + ".token", auth.token->file));
  }
}

void CheckSources(const Config& config, EngineSetup& setup, std::stop_token stop,
                  std::vector<DoctorCheck>& checks) {
  const auto records = setup.store().LoadSources();
  for (const SourceSpec& source : config.sources) {
    CheckCredentials(source, checks);
    Revision known;
    if (records) {
      for (const SourceRecord& record : *records) {
        if (record.name == source.name) known = record.revision;
      }
    }
    const auto revision = setup.mirror().Fetch(source, known, stop);
    const std::string name = "source." + source.name;
    checks.push_back(revision ? Good(name, "answers with " + revision->Short())
                              : FromError(name, revision.error()));
    if (stop.stop_requested()) return;
  }
}

}  // namespace

std::vector<DoctorCheck> CheckConfiguration(const Result<ConfigReading>& config) {
  std::vector<DoctorCheck> checks;
  if (!config) {
    for (const Diagnostic& diagnostic : config.error().diagnostics) {
      checks.push_back(FromDiagnostic("configuration", diagnostic));
    }
    return checks;
  }
  checks.push_back(Good("configuration", config->config.file.empty()
                                             ? "none; embedded defaults hold"
                                             : config->config.file));
  for (const Diagnostic& warning : config->warnings) {
    checks.push_back(FromDiagnostic("configuration", warning));
  }
  return checks;
}

std::vector<DoctorCheck> CheckMachine(const Clock& clock) {
  std::vector<DoctorCheck> checks;
  const std::string now = FormatTimestamp(clock.Now());
  timex state{};
  if (clock.Now() < *ParseTimestamp(kEarliest)) {
    checks.push_back(Bad("clock", "it says " + now, "timedatectl set-ntp true"));
  } else if (const int answer = adjtimex(&state); answer == TIME_ERROR) {
    checks.push_back(Warning("clock", now + ", not synchronised", "timedatectl set-ntp true"));
  } else {
    checks.push_back(Good("clock", now));
  }
  std::error_code code;
  const bool systemd = std::filesystem::is_directory("/run/systemd/system", code);
  checks.push_back(Good("systemd", systemd
                                       ? "is there: hooks can make services"
                                       : "is not there: hooks start their processes themselves"));
  return checks;
}

std::vector<DoctorCheck> CheckStateDirectory(const Config& config) {
  std::vector<DoctorCheck> checks;
  const std::string& directory = config.state_dir;
  struct stat info {};
  if (stat(directory.c_str(), &info) != 0) {
    checks.push_back(
        errno == ENOENT
            ? Good("state.directory", directory + " is made when it is needed")
            : Bad("state.directory", directory + " cannot be looked at", "run as its owner"));
  } else if (!S_ISDIR(info.st_mode)) {
    checks.push_back(Bad("state.directory", directory + " is not a directory"));
  } else if (info.st_uid != geteuid()) {
    checks.push_back(Bad("state.directory", directory + " belongs to " + DescribeUser(info.st_uid),
                         AsUser(info.st_uid, "tfgrid-compose doctor") + ", or --state-dir DIR"));
  } else if ((info.st_mode & 0077U) != 0) {
    checks.push_back(Warning("state.directory",
                             directory + " has mode " + Octal(info.st_mode & 0777U),
                             "chmod 700 " + directory));
  } else {
    checks.push_back(Good("state.directory", directory + ", mode " + Octal(info.st_mode & 0777U)));
  }
  checks.push_back(CheckDisk(directory));
  CheckMount(directory, checks);
  return checks;
}

std::vector<DoctorCheck> CheckPatterns(const Result<std::vector<PatternListing>>& patterns) {
  if (!patterns) return {FromError("patterns", patterns.error())};
  std::vector<DoctorCheck> checks;
  std::size_t usable = 0;
  for (const PatternListing& pattern : *patterns) {
    if (!HasErrors(pattern.problems)) ++usable;
    for (const Diagnostic& problem : pattern.problems) {
      checks.push_back(FromDiagnostic("pattern." + pattern.name, problem));
    }
  }
  if (usable == 0) {
    checks.push_back(Bad("patterns", "no usable pattern was found",
                         "patterns: [/usr/share/tfgrid-compose/patterns] in reconciler.yaml"));
  } else {
    checks.push_back(Good("patterns", std::to_string(usable) + " can be used"));
  }
  return checks;
}

std::vector<DoctorCheck> CheckState(const SetupRequest& request, std::stop_token stop) {
  std::vector<DoctorCheck> checks;
  auto setup = SetUpEngine(request);
  if (!setup && setup.error().kind == ErrorKind::kConflict) {
    checks.push_back(Warning("state.lock", setup.error().ToString() + "; sources were not asked"));
    SetupRequest looking = request;
    looking.access = Access::kRead;
    setup = SetUpEngine(looking);
    if (setup) checks.push_back(CheckDatabase(**setup, request.config));
    if (!setup) checks.push_back(FromError("state.database", setup.error()));
    return checks;
  }
  if (!setup) {
    checks.push_back(FromError("state.database", setup.error()));
    return checks;
  }
  checks.push_back(Good("state.lock", "nobody else holds it"));
  checks.push_back(CheckDatabase(**setup, request.config));
  CheckSources(request.config, **setup, std::move(stop), checks);
  return checks;
}

std::vector<DoctorCheck> CheckWithoutState(const SetupRequest& scratch, std::stop_token stop) {
  std::vector<DoctorCheck> checks;
  if (scratch.config.sources.empty()) return checks;
  const auto setup = SetUpEngine(scratch);
  if (setup) {
    CheckSources(scratch.config, **setup, std::move(stop), checks);
  } else {
    checks.push_back(FromError("sources", setup.error()));
  }
  return checks;
}

}  // namespace gitops
