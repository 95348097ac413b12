#include "engine/cli/composition.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "engine/base/digest.h"
#include "engine/cli/containment_checks.h"
#include "engine/cli/daemon_setup.h"
#include "engine/cli/doctor_checks.h"
#include "engine/cli/log_choice.h"
#include "engine/cli/version.h"
#include "engine/os/directory_tree.h"
#include "engine/os/file_lock.h"
#include "engine/os/private_directory.h"
#include "engine/os/system_error.h"
#include "engine/reconcile/app_directory.h"
#include "engine/reconcile/secret_reader.h"
#include "engine/store/backup.h"
#include "sources/fetch_child.h"

namespace gitops {
namespace {

constexpr std::size_t kProbeIdBytes = 16;

std::string CommandLine(const Arguments& arguments) {
  const std::string name =
      arguments.command == nullptr ? std::string() : std::string(arguments.command->name);
  return "tfgrid-compose " + name;
}

/// A directory of patterns as a place; nullopt when there is none.
Result<std::optional<PatternPlace>> OpenPlace(const std::string& directory,
                                              const std::string& origin) {
  auto tree = DirectoryTree::Open(directory);
  if (tree) {
    return std::optional<PatternPlace>(
        PatternPlace{origin, std::shared_ptr<const FileTree>(*std::move(tree))});
  }
  if (tree.error().kind == ErrorKind::kNotFound) return std::optional<PatternPlace>();
  return std::move(tree).error();
}

/// True when there is nothing of a state in the directory, or no directory. Errors: kInvalid.
Result<bool> IsBlank(const std::string& directory) {
  std::error_code code;
  const std::filesystem::file_status status = std::filesystem::status(directory, code);
  if (!std::filesystem::exists(status)) return true;
  if (!std::filesystem::is_directory(status)) {
    return MakeError(ErrorKind::kInvalid, "state directory is no directory",
                     "\"" + directory + "\" is something else",
                     "choose another one: --state-dir DIR, or state: in reconciler.yaml");
  }
  std::filesystem::directory_iterator entries(directory, code);
  if (code) return false;  // Not ours to look into; opening it says why.
  return std::all_of(begin(entries), end(entries), [](const auto& entry) {
    return entry.path().filename() == "lock";  // Of a command that found nothing to work on.
  });
}

bool IsDaemon(const LockHolder& holder) { return holder.command.ends_with(" serve"); }

/// A line of standard input; "" when it ends or a stop is requested.
std::string ReadLine(const std::stop_token& stop) {
  constexpr int kLookForStopMs = 100;
  constexpr std::size_t kLongestAnswer = 256;
  std::string line;
  while (!stop.stop_requested() && line.size() < kLongestAnswer) {
    pollfd ready{STDIN_FILENO, POLLIN, 0};
    if (poll(&ready, 1, kLookForStopMs) <= 0) continue;
    char c = '\0';
    if (read(STDIN_FILENO, &c, 1) != 1 || c == '\n') return line;
    line += c;
  }
  return "";
}

}  // namespace

Composition::Composition(const HostEnvironment& host, const Arguments& arguments, Screen& screen,
                         WorkCounters& counters, const Warden* warden,
                         std::function<std::uint64_t()> reloads_asked)
    : host_(host),
      arguments_(arguments),
      screen_(screen),
      counters_(counters),
      reloads_asked_(std::move(reloads_asked)),
      runner_(clock_, &counters, warden),
      log_(ChooseLog({}, arguments, host.error_is_terminal).level,
           ChooseLog({}, arguments, host.error_is_terminal).format) {}

Status Composition::Serve(std::stop_token stop) {
  ASSIGN_OR_RETURN(const Config* config, GetConfig());
  const auto variable = [this](const char* name) {
    const auto found = host_.variables.find(name);
    return found == host_.variables.end() ? std::string() : found->second;
  };
  ASSIGN_OR_RETURN(
      const auto daemon,
      DaemonSetup::Make(
          {MakeSetupRequest(*config, Access::kWrite), MakeConfigRequest(host_, arguments_),
           reloads_asked_, [this](const LogSpec& spec) { FollowLog(spec); },
           ServiceNotice(variable("NOTIFY_SOCKET"), !variable("WATCHDOG_USEC").empty())}));
  // On this thread, which stays to the end. Without it every fetch starts a program.
  auto nursery = Nursery::Start(FetchNursery(host_.executable));
  if (nursery) {
    runner_.UseNursery(nursery->get());
  } else {
    log_.Warning("fetches start a program each", {{"error", nursery.error().ToString()}});
  }
  daemon->Run(std::move(stop));
  runner_.UseNursery(nullptr);
  return {};
}

Result<const Config*> Composition::GetConfig() {
  if (!config_) {
    ASSIGN_OR_RETURN(config_, ReadConfig(MakeConfigRequest(host_, arguments_)));
    screen_.Warn(config_->warnings);
    FollowLog(config_->config.log);
  }
  return &config_->config;
}

void Composition::FollowLog(const LogSpec& spec) {
  const LogChoice choice = ChooseLog(spec, arguments_, host_.error_is_terminal);
  log_.Configure(choice.level, choice.format);
}

SetupRequest Composition::MakeSetupRequest(const Config& config, Access access) {
  return {config,
          access,
          CommandLine(arguments_),
          host_.executable,
          host_.user,
          clock_,
          sleeper_,
          random_,
          runner_,
          log_,
          counters_,
          [this](const Progress& progress) { screen_.Show(progress); }};
}

Result<const Config*> Composition::ScratchConfig() {
  ASSIGN_OR_RETURN(const Config* config, GetConfig());
  const auto variable = host_.variables.find("TMPDIR");
  const bool named = variable != host_.variables.end() && variable->second.starts_with('/');
  ASSIGN_OR_RETURN(scratch_, ScratchDirectory::Make(named ? variable->second : "/tmp"));
  scratch_config_ = *config;
  scratch_config_.state_dir = scratch_->path();
  scratch_config_.state_url = "sqlite://" + scratch_->path() + "/state.db";
  return &scratch_config_;
}

Result<Engine*> Composition::OpenEngine(Access access) {
  if (daemon_) return daemon_.get();
  if (setup_) return &setup_->engine();
  ASSIGN_OR_RETURN(const Config* config, GetConfig());
  ASSIGN_OR_RETURN(const bool blank, IsBlank(config->state_dir));
  if (blank && access == Access::kDryRun) {
    ASSIGN_OR_RETURN(config, ScratchConfig());
  } else if (blank && access != Access::kWrite) {
    blank_ = std::make_unique<BlankEngine>(config->state_dir);
    return blank_.get();
  }
  SetupRequest request =
      MakeSetupRequest(*config, access == Access::kRead ? access : Access::kWrite);
  // Most passes find nothing to do, and dry runs write nothing: they need not wait for the disk.
  const bool often_idle = access == Access::kDryRun || arguments_.command->name == "reconcile";
  if (often_idle) request.lease = LeaseTime::kAtFirstWrite;
  auto setup = SetUpEngine(request);
  if (!setup && access == Access::kRead && setup.error().kind == ErrorKind::kNotFound) {
    blank_ = std::make_unique<BlankEngine>(config->state_dir);
    return blank_.get();
  }
  if (!setup && setup.error().kind == ErrorKind::kConflict) {
    const auto holder = FileLock::HolderOf(LockPath(*config));
    if (holder && IsDaemon(*holder)) return OpenDaemonEngine(*config);
  }
  if (!setup) return std::move(setup).error();
  setup_ = *std::move(setup);
  return &setup_->engine();
}

Result<Engine*> Composition::OpenDaemonEngine(const Config& config) {
  ASSIGN_OR_RETURN(setup_, SetUpEngine(MakeSetupRequest(config, Access::kRead)));
  web_ = std::make_unique<CurlClient>();
  daemon_ =
      std::make_unique<DaemonEngine>(ClientParts(config), setup_->engine(), counters_,
                                     [this](const Progress& progress) { screen_.Show(progress); });
  return daemon_.get();
}

DaemonClientParts Composition::ClientParts(const Config& config) {
  return {config, LockPath(config), host_.user, *web_, sleeper_, std::string(ProgramVersion())};
}

Status Composition::CancelRun(RunId run) {
  ASSIGN_OR_RETURN(const Config* config, GetConfig());
  const auto holder = FileLock::HolderOf(LockPath(*config));
  if (!holder) {
    return MakeError(ErrorKind::kConflict, "no daemon is at work",
                     "run " + std::to_string(run) +
                         " was interrupted, and is taken up when one "
                         "starts or by the next reconcile",
                     "to leave it as it is: tfgrid-compose suspend APP --reason TEXT");
  }
  if (!IsDaemon(*holder)) {
    return MakeError(
        ErrorKind::kConflict, "no daemon is at work",
        "process " + std::to_string(holder->pid) + " (" + holder->command +
            ") holds the state, and its runs end with it",
        "interrupt it: Ctrl-C in its terminal, or kill -INT " + std::to_string(holder->pid));
  }
  web_ = std::make_unique<CurlClient>();
  DaemonClient client(ClientParts(*config));
  ASSIGN_OR_RETURN([[maybe_unused]] const std::string answer,
                   client.Post("runs/" + std::to_string(run) + "/cancel", "", {}));
  return {};
}

Result<AccessStores*> Composition::OpenAccess(Access access) {
  if (access_) return &access_->stores();
  ASSIGN_OR_RETURN(const Config* config, GetConfig());
  ASSIGN_OR_RETURN(const bool blank, IsBlank(config->state_dir));
  if (blank && access == Access::kRead) return nullptr;
  auto setup = AccessSetup::Open(MakeSetupRequest(*config, access));
  if (!setup && access == Access::kRead && setup.error().kind == ErrorKind::kNotFound) {
    return nullptr;
  }
  if (!setup) return std::move(setup).error();
  access_ = *std::move(setup);
  return &access_->stores();
}

Result<std::vector<PatternPlace>> Composition::PatternPlaces() {
  ASSIGN_OR_RETURN(const Config* config, GetConfig());
  std::vector<PatternPlace> places;
  for (const std::string& directory : config->patterns) {
    ASSIGN_OR_RETURN(std::optional<PatternPlace> place, OpenPlace(directory, directory));
    if (place) places.push_back(*std::move(place));
  }
  return places;
}

Result<WebhookAnswer> Composition::ProbeWebhook(const SourceSpec& source) {
  ASSIGN_OR_RETURN(const Config* config, GetConfig());
  SystemSecretReader secrets;
  // The newest one: when secrets are replaced, it is the one that providers are to use.
  ASSIGN_OR_RETURN(const Secret secret, secrets.Read(source.webhook->secrets.back()));
  const std::string bytes = RandomBytes(kProbeIdBytes);
  const std::string id = ToHex(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  CurlClient web;
  return gitops::ProbeWebhook({*config, source, secret, "test-" + id, clock_.Now()}, web);
}

Result<std::vector<PatternListing>> Composition::ListPatterns() {
  ASSIGN_OR_RETURN(std::vector<PatternPlace> places, PatternPlaces());
  return PatternCatalog(std::move(places)).List();
}

ValidatedFile Composition::CheckConfigurationFile(const std::string& path) const {
  ConfigRequest request = MakeConfigRequest(host_, arguments_);
  request.config_file = path;
  Result<ConfigReading> reading = ReadConfig(request);
  return {path, "",
          reading ? std::move(reading->warnings) : std::move(reading).error().diagnostics};
}

Result<ValidationReport> Composition::Validate(const std::vector<std::string>& given,
                                               std::stop_token stop) {
  std::vector<std::string> paths;
  ValidationReport report;
  for (const std::string& path : given) {
    if (IsConfigurationFile(path)) {
      report.files.push_back(CheckConfigurationFile(path));
    } else {
      paths.push_back(path);
    }
  }
  if (paths.empty()) return report;
  ASSIGN_OR_RETURN(std::vector<PatternPlace> configured, PatternPlaces());
  std::vector<PatternPlace> places;
  for (const std::string& path : paths) {
    const std::string folder = path + "/patterns";
    std::error_code code;
    if (!std::filesystem::is_directory(folder, code)) continue;
    ASSIGN_OR_RETURN(std::optional<PatternPlace> place, OpenPlace(folder, folder));
    if (place) places.push_back(*std::move(place));
  }
  for (PatternPlace& place : configured) places.push_back(std::move(place));
  PatternCatalog catalog(std::move(places));
  ASSIGN_OR_RETURN(ValidationReport manifests, ValidatePaths(paths, catalog, std::move(stop)));
  for (ValidatedFile& file : manifests.files) report.files.push_back(std::move(file));
  return report;
}

Status Composition::CheckAppDirectory(const std::string& path) {
  ASSIGN_OR_RETURN([[maybe_unused]] const auto directory, FindAppDirectory(path));
  return {};
}

DoctorReport Composition::Examine(std::stop_token stop) {
  const auto config = ReadConfig(MakeConfigRequest(host_, arguments_));
  DoctorReport report;
  report.checks = CheckConfiguration(config);
  if (!config) return report;
  const auto append = [&](std::vector<DoctorCheck> checks) {
    for (DoctorCheck& check : checks) report.checks.push_back(std::move(check));
  };
  config_ = *config;
  append(CheckMachine(clock_));
  append(CheckContainment(config->config));
  append(CheckStateDirectory(config->config));
  append(CheckPatterns(ListPatterns()));
  const Result<bool> blank = IsBlank(config_->config.state_dir);
  if (!blank || !*blank) {
    append(CheckState(MakeSetupRequest(config_->config, Access::kWrite), std::move(stop)));
    return report;
  }
  append({{"state.database", CheckOutcome::kGood, "is made when it is needed", ""}});
  const auto scratch = ScratchConfig();
  if (scratch) {
    append(CheckWithoutState(MakeSetupRequest(**scratch, Access::kWrite), std::move(stop)));
  } else {
    const Diagnostic& reason = scratch.error().primary();
    append({{"sources", CheckOutcome::kBad, reason.summary + ": " + reason.detail, reason.hint}});
  }
  return report;
}

Status Composition::Backup(const std::string& file) {
  ASSIGN_OR_RETURN(const Config* config, GetConfig());
  // A copy of a database that another process writes is consistent, too: no lock is needed.
  ASSIGN_OR_RETURN(const auto setup, SetUpEngine(MakeSetupRequest(*config, Access::kRead)));
  return setup->store().Backup(file);
}

Result<bool> Composition::HasState() {
  ASSIGN_OR_RETURN(const Config* config, GetConfig());
  std::error_code code;
  return std::filesystem::exists(DatabasePath(*config), code);
}

Result<std::string> Composition::Restore(const std::string& file) {
  ASSIGN_OR_RETURN(const Config* config, GetConfig());
  if (access(file.c_str(), F_OK) != 0) {
    return MakeError(ErrorKind::kNotFound, "no such backup", file + ": " + ErrnoText(errno),
                     "name a file that `tfgrid-compose backup FILE` wrote");
  }
  RETURN_IF_ERROR(MakePrivateDirectory(config->state_dir));
  ASSIGN_OR_RETURN(const FileLock lock,
                   FileLock::Acquire(LockPath(*config), CommandLine(arguments_), clock_));
  return RestoreBackup(file, DatabasePath(*config), ProgramVersion(), clock_.Now());
}

bool Composition::IsStateInUse() {
  const auto config = GetConfig();
  return config && FileLock::IsHeld(LockPath(**config));
}

std::optional<bool> Composition::Confirm(std::string_view question, std::stop_token stop) {
  if (!host_.input_is_terminal || !host_.error_is_terminal) return std::nullopt;
  screen_.Say(std::string(question) + " Type yes to go on.");
  return ReadLine(stop) == "yes";
}

}  // namespace gitops
