#include "engine/cli/command_table.h"

#include <algorithm>
#include <array>

namespace gitops {
namespace {

constexpr FlagSpec kDryRun{"--dry-run", "", ValueKind::kNone, "",
                           "show what would happen, change nothing"};
constexpr FlagSpec kDetailedExitCode{"--detailed-exitcode", "", ValueKind::kNone, "",
                                     "exit 2 when changes are pending"};
constexpr FlagSpec kYes{"--yes", "-y", ValueKind::kNone, "", "do not ask"};
constexpr PositionalSpec kApp{"APP", ValueKind::kApp};
constexpr PositionalSpec kMaybeApp{"APP", ValueKind::kApp, 0, 1};

std::vector<CommandSpec> DeploymentCommands() {
  return {
      {"reconcile",
       "One pass: fetch the sources, plan what they change, apply it",
       "tfgrid-compose reconcile --dry-run",
       {{"APP", ValueKind::kApp, 0, -1}},
       {kDryRun,
        {"--source", "", ValueKind::kName, "NAME", "only apps of this source"},
        {"--environment", "", ValueKind::kName, "NAME", "only apps of this environment"},
        kDetailedExitCode,
        {"--prune", "", ValueKind::kNone, "", "delete apps whose manifest is gone"},
        {"--full", "", ValueKind::kNone, "", "compare every app, not only what commits changed"}}},
      {"serve",
       "Run as a daemon: watch the sources, apply what they change",
       "tfgrid-compose serve --config /etc/tfgrid-compose/reconciler.yaml",
       {},
       {}},
      {"rollback",
       "Return an app to an earlier snapshot and reject what it had",
       "tfgrid-compose rollback production/web --to 3",
       {kApp},
       {{"--to", "", ValueKind::kPositive, "N", "the snapshot; default: the last healthy one"},
        kDryRun,
        {"--revert", "", ValueKind::kNone, "", "also push a commit that reverts it in Git"}}},
      {"suspend",
       "Stop applying changes to an app",
       "tfgrid-compose suspend web --reason 'moving the database'",
       {kApp},
       {{"--reason", "", ValueKind::kText, "TEXT", "why, for those who wonder later", true}}},
      {"resume",
       "Apply changes again; lifts a suspension, a pin, a rejection",
       "tfgrid-compose resume web",
       {kApp},
       {}},
      {"cancel",
       "Interrupt an app's run in the daemon, and suspend the app",
       "tfgrid-compose cancel web",
       {kApp},
       {{"--run", "", ValueKind::kPositive, "N", "only when it is this run"}}},
      {"up",
       "Deploy an app from a directory on this machine, without Git",
       "tfgrid-compose up ./my-app --dry-run",
       {{"PATH", ValueKind::kPath, 0, 1}},
       {{"--environment", "", ValueKind::kName, "NAME", "where it belongs; default: default"},
        kDryRun}},
      {"down",
       "Remove an app and all it left behind",
       "tfgrid-compose down web --yes",
       {kApp},
       {kYes, kDryRun}},
  };
}

std::vector<CommandSpec> InsightCommands() {
  return {
      {"status",
       "What each app is and should be",
       "tfgrid-compose status production/web",
       {kMaybeApp},
       {}},
      {"diff",
       "What a pass would change in an app, from what is known now",
       "tfgrid-compose diff web",
       {kApp},
       {kDetailedExitCode}},
      {"drift",
       "What is really there against what was applied; changes nothing",
       "tfgrid-compose drift production/web",
       {{"APP", ValueKind::kApp, 0, -1}},
       {{"--source", "", ValueKind::kName, "NAME", "only apps of this source"},
        {"--environment", "", ValueKind::kName, "NAME", "only apps of this environment"},
        {"--detailed-exitcode", "", ValueKind::kNone, "",
         "exit 2 when something drifted or is missing"}}},
      {"explain",
       "Why each step of an app would or would not run",
       "tfgrid-compose explain web",
       {kApp},
       {}},
      {"history", "Runs and snapshots of an app", "tfgrid-compose history web", {kApp}, {}},
      {"logs",
       "Output of an app's last run, or of any run",
       "tfgrid-compose logs web --follow",
       {kApp},
       {{"--run", "", ValueKind::kPositive, "N", "the run; default: the last one"},
        {"--follow", "-f", ValueKind::kNone, "", "go on until the run is finished"}}},
      {"events",
       "What happened, oldest first",
       "tfgrid-compose events web --limit 20",
       {kMaybeApp},
       {{"--limit", "", ValueKind::kPositive, "N", "at most so many; default: 100"}}},
      {"exec",
       "Run any program on an app's host",
       "tfgrid-compose exec web -- ls -l",
       {kApp, {"CMD", ValueKind::kText, 1, -1, true}},
       {}},
      {"run",
       "Run a command that the app's manifest declares",
       "tfgrid-compose run web backup --full",
       {kApp, {"COMMAND", ValueKind::kCommandName}, {"ARGS", ValueKind::kText, 0, -1, true}},
       {}},
  };
}

std::vector<CommandSpec> CareCommands() {
  return {
      {"validate",
       "Check manifests and all they refer to; shows every problem",
       "tfgrid-compose validate .",
       {{"PATH", ValueKind::kPath, 1, -1}},
       {}},
      {"init",
       "Write a first manifest with its scripts",
       "tfgrid-compose init ./my-app",
       {{"PATH", ValueKind::kPath, 0, 1}},
       {}},
      {"patterns", "The patterns that apps can use", "tfgrid-compose patterns", {}, {}},
      {"doctor", "Check this machine, the state and the sources", "tfgrid-compose doctor", {}, {}},
      {"backup",
       "Write a consistent copy of the state to a new file",
       "tfgrid-compose backup /var/backups/tfgrid-compose.db",
       {{"FILE", ValueKind::kPath}},
       {}},
      {"restore",
       "Put a backup in the place of the state",
       "tfgrid-compose restore /var/backups/tfgrid-compose.db --yes",
       {{"FILE", ValueKind::kPath}},
       {kYes}},
      {"token",
       "Make, list and revoke tokens for the API",
       "tfgrid-compose token create --role deployer --app 'production/*' --expires 90d",
       {{"TASK", ValueKind::kTokenTask}, {"ID", ValueKind::kPositive, 0, 1}},
       {{"--role", "", ValueKind::kRole, "ROLE", "create: viewer, deployer or admin"},
        {"--app", "", ValueKind::kAppGlob, "GLOB", "create: only for these apps; default: all"},
        {"--expires", "", ValueKind::kDuration, "TIME", "create: refused after 90d, 12h, ..."},
        {"--name", "", ValueKind::kName, "NAME", "create: what it is for"}}},
      {"audit",
       "Who asked for what; verify that nothing was changed in it",
       "tfgrid-compose audit verify",
       {{"TASK", ValueKind::kAuditTask}},
       {{"--limit", "", ValueKind::kPositive, "N", "list: at most so many; default: 100"}}},
      {"webhook",
       "What to enter at a source's provider; test whether it works",
       "tfgrid-compose webhook url apps",
       {{"TASK", ValueKind::kWebhookTask}, {"SOURCE", ValueKind::kName}},
       {}},
      {"completion",
       "Print a completion script for a shell",
       "source <(tfgrid-compose completion bash)",
       {{"SHELL", ValueKind::kShell}},
       {}},
      {"version", "Print versions", "tfgrid-compose version -o json", {}, {}},
      {"ssh",
       "Open a shell on an app's host",
       "tfgrid-compose exec web -- bash",
       {{"APP", ValueKind::kApp, 0, -1}},
       {},
       CommandAudience::kLater},
      {"internal-fetch",
       "Fetch for the engine; reads a request on standard input",
       "",
       {},
       {},
       CommandAudience::kHidden},
  };
}

constexpr std::array<FormerCommand, 29> kFormerCommands{{
    {"address", "use: tfgrid-compose status APP"},
    {"inspect", "use: tfgrid-compose explain APP"},
    {"apply", "use: tfgrid-compose reconcile"},
    {"sync", "use: tfgrid-compose reconcile"},
    {"deploy", "use: tfgrid-compose reconcile, or tfgrid-compose up PATH"},
    {"start", "use: tfgrid-compose up PATH"},
    {"stop", "use: tfgrid-compose suspend APP --reason TEXT, or tfgrid-compose down APP"},
    {"rm", "use: tfgrid-compose down APP"},
    {"remove", "use: tfgrid-compose down APP"},
    {"ls", "use: tfgrid-compose status"},
    {"shell", "use: tfgrid-compose exec APP -- bash"},
    {"check", "use: tfgrid-compose validate PATH"},
    {"undo", "use: tfgrid-compose rollback APP"},
    {"plan", "use: tfgrid-compose reconcile --dry-run"},
    {"destroy", "use: tfgrid-compose down APP"},
    {"delete", "use: tfgrid-compose down APP"},
    {"list", "use: tfgrid-compose status"},
    {"connect", "use: tfgrid-compose exec APP -- bash"},
    {"select", "there is nothing to select: each command names its app"},
    {"unselect", "there is nothing to select: each command names its app"},
    {"retry", "use: tfgrid-compose resume APP, then tfgrid-compose reconcile APP"},
    {"commands", "the manifest lists them; use: tfgrid-compose run APP COMMAND"},
    {"login", "use: tfgrid-compose run APP login"},
    {"config", "edit reconciler.yaml; docs/configuration.md lists its keys"},
    {"cache", "there is no cache to care for: sources are kept as mirrors in the state directory"},
    {"update", "push to the app's repository, then use: tfgrid-compose reconcile"},
    {"state", "use: tfgrid-compose status"},
    {"pause", "use: tfgrid-compose suspend APP --reason TEXT"},
    {"unpause", "use: tfgrid-compose resume APP"},
}};

constexpr std::array<std::string_view, 3> kFormats{"text", "json", "yaml"};
constexpr std::array<std::string_view, 6> kLogLevels{"trace",   "debug", "info",
                                                     "warning", "error", "off"};
constexpr std::array<std::string_view, 3> kShells{"bash", "zsh", "fish"};

constexpr std::array<std::string_view, 3> kTokenTasks{"create", "list", "revoke"};
constexpr std::array<std::string_view, 2> kAuditTasks{"list", "verify"};
constexpr std::array<std::string_view, 2> kWebhookTasks{"url", "test"};
constexpr std::array<std::string_view, 3> kRoles{"viewer", "deployer", "admin"};

std::vector<CommandSpec> AllCommands() {
  std::vector<CommandSpec> commands = DeploymentCommands();
  for (CommandSpec& command : InsightCommands()) commands.push_back(std::move(command));
  for (CommandSpec& command : CareCommands()) commands.push_back(std::move(command));
  return commands;
}

}  // namespace

const std::vector<CommandSpec>& Commands() {
  static const std::vector<CommandSpec> commands = AllCommands();
  return commands;
}

const std::vector<FlagSpec>& GlobalFlags() {
  static const std::vector<FlagSpec> flags{
      {"--config", "", ValueKind::kPath, "FILE", "read this reconciler.yaml"},
      {"--state-dir", "", ValueKind::kPath, "DIR", "keep state, mirrors and logs here"},
      {"--output", "-o", ValueKind::kFormat, "FORMAT", "text (default), json or yaml"},
      {"--stats", "", ValueKind::kNone, "", "also show how much work was done"},
      {"--log-level", "", ValueKind::kLogLevel, "LEVEL",
       "trace, debug, info, warning (default), error or off"},
      {"--no-color", "", ValueKind::kNone, "", "no colours, as with NO_COLOR set"},
      {"--help", "-h", ValueKind::kNone, "", "show help and exit"},
      {"--version", "", ValueKind::kNone, "", "show the version and exit"},
  };
  return flags;
}

std::span<const FormerCommand> FormerCommands() { return kFormerCommands; }

const CommandSpec* FindCommand(std::string_view name) {
  if (name == "ps") name = "status";
  const std::vector<CommandSpec>& commands = Commands();
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const CommandSpec& spec) { return spec.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

std::span<const std::string_view> Choices(ValueKind kind) {
  switch (kind) {
    case ValueKind::kFormat:
      return kFormats;
    case ValueKind::kLogLevel:
      return kLogLevels;
    case ValueKind::kShell:
      return kShells;
    case ValueKind::kTokenTask:
      return kTokenTasks;
    case ValueKind::kAuditTask:
      return kAuditTasks;
    case ValueKind::kWebhookTask:
      return kWebhookTasks;
    case ValueKind::kRole:
      return kRoles;
    case ValueKind::kNone:
    case ValueKind::kApp:
    case ValueKind::kName:
    case ValueKind::kPath:
    case ValueKind::kText:
    case ValueKind::kPositive:
    case ValueKind::kCommandName:
    case ValueKind::kDuration:
    case ValueKind::kAppGlob:
      return {};
  }
  return {};
}

}  // namespace gitops
