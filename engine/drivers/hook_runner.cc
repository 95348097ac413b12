#include "engine/drivers/hook_runner.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <optional>

#include "engine/base/redactor.h"
#include "engine/base/timestamp.h"
#include "engine/drivers/app_confinement.h"
#include "engine/drivers/app_processes.h"
#include "engine/drivers/hook_environment.h"
#include "engine/drivers/legacy_paths.h"
#include "engine/drivers/line_tail.h"
#include "engine/drivers/redacting_stream.h"
#include "engine/drivers/run_group.h"
#include "engine/os/atomic_file.h"
#include "engine/os/beneath.h"
#include "engine/os/boot_id.h"
#include "engine/os/private_directory.h"
#include "engine/os/read_file.h"
#include "engine/os/remove_tree.h"
#include "engine/os/system_error.h"

namespace gitops {
namespace {

constexpr std::size_t kMaxScript = 16UL * 1024 * 1024;
constexpr std::string_view kDeployment = "deployment/";

/// Where a path of the app's directory lies on the host, and where what it names is run.
struct ScriptPlace {
  std::string directory;  ///< Also the working directory.
  std::string relative;   ///< From `directory`.

  ScriptPlace(const AppDirectories& directories, const std::string& script)
      : directory(script.starts_with(kDeployment) ? directories.deployment : directories.source),
        relative(script.starts_with(kDeployment) ? script.substr(kDeployment.size()) : script) {}

  std::string path() const { return directory + "/" + relative; }
};

Error NoScript(const HookRequest& request) {
  return MakeError(ErrorKind::kNotFound, "no such hook script",
                   "\"" + request.script + "\" is not in the app's files",
                   "add the file, or change hooks." + request.hook + " in the manifest");
}

/// True when the file is there already with these bytes and can be run.
bool IsInPlace(int root, const ScriptPlace& place, const std::string& bytes) {
  const auto fd = OpenFileBeneath(root, place.relative, O_RDONLY);
  struct stat status {};
  if (!fd || fstat(fd->get(), &status) != 0 || (status.st_mode & 07777) != 0755) return false;
  const auto there = ReadAll(fd->get(), place.relative, kMaxScript);
  return there && *there == bytes;
}

/// Makes the directories above `relative` and opens the one that is to hold it.
Result<UniqueFd> OpenHolder(int root, const std::string& relative) {
  ASSIGN_OR_RETURN(UniqueFd at, OpenDirectoryBeneath(root, ""));
  std::size_t begin = 0;
  for (std::size_t slash = relative.find('/'); slash != std::string::npos;
       slash = relative.find('/', begin)) {
    const std::string part = relative.substr(begin, slash - begin);
    if (mkdirat(at.get(), part.c_str(), 0755) != 0 && errno != EEXIST) {
      return SystemError("cannot make a directory", relative, errno);
    }
    UniqueFd next(openat(at.get(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next) return SystemError("cannot open a directory", relative, errno);
    at = std::move(next);
    begin = slash + 1;
  }
  return at;
}

/// Writes the script, mode 0755, over what is there. Only that: its files come with another step.
Status PlaceScript(const StepContext& context, const ScriptPlace& place, const HookRequest& request,
                   const std::optional<ChildUser>& owner) {
  ASSIGN_OR_RETURN(const auto entry, context.app_tree->Find(request.script));
  if (!entry) return NoScript(request);
  if (entry->kind != EntryKind::kFile && entry->kind != EntryKind::kExecutable) {
    return MakeError(ErrorKind::kInvalid, "the hook script is not a regular file",
                     "\"" + request.script + "\" is " + std::string(ToString(entry->kind)));
  }
  ASSIGN_OR_RETURN(const std::string bytes, context.app_tree->Read(request.script, kMaxScript));
  ASSIGN_OR_RETURN(const UniqueFd root, OpenDirectory(place.directory));
  if (!IsSafeRelativePath(place.relative)) {
    return MakeError(ErrorKind::kInvalid, "unsafe path", "\"" + request.script + "\"");
  }
  if (IsInPlace(root.get(), place, bytes)) return {};
  ASSIGN_OR_RETURN(const UniqueFd holder, OpenHolder(root.get(), place.relative));
  const std::string name = place.relative.substr(place.relative.rfind('/') + 1);
  // A running script keeps its old file: the new one is another, renamed over it.
  const std::string fresh = ".new-" + name.substr(0, 200);
  unlinkat(holder.get(), fresh.c_str(), 0);
  {
    const UniqueFd fd(openat(holder.get(), fresh.c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0700));
    if (!fd) return SystemError("cannot create a file", place.path(), errno);
    RETURN_IF_ERROR(WriteAll(fd.get(), place.path(), bytes));
    if (owner) RETURN_IF_ERROR(GiveTo(fd.get(), place.path(), owner->user, owner->group));
    if (fchmod(fd.get(), 0755) != 0) {
      return SystemError("cannot set the mode of a file", place.path(), errno);
    }
  }
  if (renameat(holder.get(), fresh.c_str(), holder.get(), name.c_str()) != 0) {
    return SystemError("cannot replace a file", place.path(), errno);
  }
  return {};
}

Redactor RedactorOf(const AppVariables& variables) {
  std::vector<Secret> secrets;
  for (const AppVariable& variable : variables.values) {
    if (variable.secret) secrets.push_back(variable.value);
  }
  return Redactor(secrets);
}

/// A file that says which hook is running, while it is. What it names is ended at the next start
/// when the engine was killed meanwhile.
class HookMark {
 public:
  explicit HookMark(const AppDirectories& directories) : path_(directories.run + "/hook") {}
  ~HookMark() {
    if (unlink(path_.c_str()) == 0 || errno == ENOENT) return;
    // A mark that stayed would make the next hook end the service that this one has started.
    [[maybe_unused]] const int emptied = truncate(path_.c_str(), 0);
    unlink(path_.c_str());
  }
  HookMark(const HookMark&) = delete;
  HookMark& operator=(const HookMark&) = delete;

  void Set(int session) const {
    // It survives the engine, not the machine: with that, the hook is gone too. An engine that is
    // killed before the one write leaves a mark that names nobody.
    const UniqueFd fd(
        open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (fd) (void)WriteAll(fd.get(), path_, BootId() + " " + std::to_string(session) + "\n");
  }

 private:
  std::string path_;
};

std::string Indent(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "\n    " + line;
  return text;
}

void NoteLeftovers(const ProcessResult& result, StepLog& log) {
  if (result.leftovers > 0) {
    log.Note("ended " + std::to_string(result.leftovers) + " processes that it left behind");
  }
  if (result.leftovers_stuck) log.Note("processes that it left behind may still run");
}

/// Its processes are gone: what they put aside for a while is nobody's any more.
Error OutOfDisk(const StepContext& context, const HookRequest& request,
                const AppDirectories& directories, const std::string& finding) {
  if (const Status emptied = EmptyTree(directories.tmp); !emptied) {
    context.log.Note("its temporary files stay: " + emptied.error().ToString());
  }
  return MakeError(ErrorKind::kInvalid, "an app uses too much of the disk",
                   request.script + " and all it started were ended: " + directories.root + ": " +
                       finding + "; its temporary files were removed",
                   "see what is there with `du -x " + directories.root +
                       "`, remove what is not needed, or raise the limit in the configuration");
}

/// What the end of a hook that did not succeed means.
Error Judge(const HookRequest& request, const ProcessResult& result, const std::string& reached,
            const std::vector<std::string>& tail) {
  std::string detail = request.script + ": " + result.Describe();
  if (!reached.empty()) detail += "; " + reached;
  if (!tail.empty()) detail += "; its last lines:" + Indent(tail);
  if (result.cancelled) {
    return MakeError(ErrorKind::kCancelled, "stopped on request", std::move(detail));
  }
  if (result.timed_out) {
    return MakeError(ErrorKind::kUnknownOutcome, "a hook did not end in time",
                     detail + (tail.empty() ? "; " : "\n") + "it and its process group were ended",
                     "raise hooks." + request.hook + ".timeout in the manifest if it needs longer");
  }
  return MakeError(ErrorKind::kInvalid, "a hook failed", std::move(detail),
                   "see the whole output with `tfgrid-compose logs`");
}

}  // namespace

Status HookRunner::EndInterrupted(const AppDirectories& directories, StepLog& log,
                                  std::stop_token stop) const {
  const std::string path = directories.run + "/hook";
  const auto text = ReadSmallFile(path, 4096);
  if (!text) return {};
  const std::size_t space = text->find(' ');
  int session = 0;
  if (space != std::string::npos && text->substr(0, space) == BootId()) {
    std::from_chars(text->data() + space + 1, text->data() + text->size(), session);
  }
  if (session > 1) {
    ASSIGN_OR_RETURN(const int ended,
                     EndAppProcesses({directories.root, session}, options_.stop_grace, stop));
    if (ended > 0) log.Note("ended " + std::to_string(ended) + " processes of an interrupted hook");
  }
  unlink(path.c_str());
  return {};
}

Status HookRunner::Run(const StepContext& context, const HookRequest& request,
                       std::stop_token stop) const {
  const AppDirectories directories(options_.state_dir, context.app);
  ASSIGN_OR_RETURN(const AppUser user, AppUserOf(options_, context.app));
  const auto owner = user.separate ? std::optional<ChildUser>(user.ids) : std::nullopt;
  RETURN_IF_ERROR(directories.Make(owner));
  const bool absolute = request.script.starts_with('/');
  const ScriptPlace place(directories, request.script);
  if (!absolute && context.app_tree != nullptr) {
    RETURN_IF_ERROR(PlaceScript(context, place, request, owner));
  }
  const std::string program = absolute ? request.script : place.path();
  if (access(program.c_str(), F_OK) != 0) return NoScript(request);
  return RunProgram(context, request, {program, place.directory, context.variables, user, {}},
                    stop);
}

Status HookRunner::RunProgram(const StepContext& context, const HookRequest& request,
                              const ProgramRequest& program, std::stop_token stop) const {
  const AppDirectories directories(options_.state_dir, context.app);
  RETURN_IF_ERROR(EndInterrupted(directories, context.log, stop));
  const AppLimits& limits = options_.app_limits;
  RunGroup group(ControlGroupOf(options_, context.app, directories),
                 {.processes = limits.processes, .memory_bytes = limits.memory_bytes}, context.log);
  DiskWatch disk(directories.root, limits, options_.clock);
  std::vector<std::string> tail;
  const auto result = Execute(context, directories, request, program, group, disk, tail, stop);
  if (!result) return result.error();
  context.log.Note(request.hook + ": " + result->Describe() + " in " +
                   FormatDuration(result->duration));
  NoteLeftovers(*result, context.log);
  if (result->Succeeded()) {
    group.LetGo();
    return {};
  }
  if (result->overran) return OutOfDisk(context, request, directories, disk.finding());
  const GroupFindings findings{.refused = group.HasRefused(),
                               .out_of_memory = group.RanOutOfMemory()};
  return Judge(request, *result, LimitReached(*result, limits, findings), tail);
}

Result<ProcessResult> HookRunner::Execute(const StepContext& context,
                                          const AppDirectories& directories,
                                          const HookRequest& request, const ProgramRequest& program,
                                          const RunGroup& group, DiskWatch& disk,
                                          std::vector<std::string>& tail,
                                          std::stop_token stop) const {
  ProcessSpec spec;
  spec.argv = {program.program};
  spec.argv.insert(spec.argv.end(), request.arguments.begin(), request.arguments.end());
  spec.environment =
      HookEnvironment({context.app, directories, context.revision, context.app_version,
                       program.variables, program.user.name, request.hook});
  spec.environment.insert(program.more_environment.begin(), program.more_environment.end());
  spec.working_directory = program.working_directory;
  spec.timeout = request.timeout;
  spec.grace = options_.stop_grace;
  Confine(spec, options_, context.app, directories, program.user);
  group.Enter(spec.confinement);
  spec.guarded = true;
  spec.overruns = [&disk](bool at_end) { return disk.IsOver(at_end); };

  const Redactor redactor = RedactorOf(context.variables);
  RedactingStream pieces(redactor);
  LineTail last;
  spec.on_output = [&](std::string_view bytes) {
    context.log.Write(bytes);
    last.Add(pieces.Cut(bytes));
  };
  std::optional<LegacyMountPoints> mount_points;
  if (options_.legacy_paths && context.app_tree != nullptr &&
      NamesLegacyPaths(*context.app_tree, request.script)) {
    const bool own_tmp = spec.confinement.view.has_value();
    if (!own_tmp) mount_points = LegacyMountPoints::Acquire(context.log);
    if (own_tmp || mount_points) spec.bind_mounts = LegacyMountPoints::MountsFor(directories);
  }
  const HookMark mark(directories);
  spec.on_start = [&](int pid) {
    mount_points.reset();  // It has mounted what it needs.
    mark.Set(pid);
  };
  auto result = options_.runner.Run(spec, std::move(stop));
  last.Add(pieces.CutRest());
  tail = last.Lines(redactor);
  return result;
}

}  // namespace gitops
