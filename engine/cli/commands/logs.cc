// logs: the log of a run, also while it is written.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "engine/base/redactor.h"
#include "engine/cli/commands/command.h"
#include "engine/os/unique_fd.h"

namespace gitops {
namespace {

constexpr std::chrono::milliseconds kPollInterval{250};
constexpr std::size_t kChunkBytes = 64 * 1024;
/// Logs are capped when they are written; this bounds what a document takes in memory.
constexpr std::size_t kDocumentBytes = 64 * 1024 * 1024;

/// Reads a file that may grow.
class LogReader {
 public:
  static Result<LogReader> Open(const std::string& path) {
    UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
      const ErrorKind kind = errno == ENOENT ? ErrorKind::kNotFound : ErrorKind::kTransient;
      return MakeError(kind, "no log",
                       "\"" + path + "\": " + std::generic_category().message(errno));
    }
    return LogReader(std::move(fd), path);
  }

  /// What was added since the last call, at most a chunk; "" at the end.
  Result<std::string> Next() {
    std::string chunk(kChunkBytes, '\0');
    ssize_t count = -1;
    do {
      count = read(fd_.get(), chunk.data(), chunk.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
      return MakeError(ErrorKind::kTransient, "log not readable",
                       "\"" + path_ + "\": " + std::generic_category().message(errno));
    }
    chunk.resize(static_cast<std::size_t>(count));
    return chunk;
  }

 private:
  LogReader(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  UniqueFd fd_;
  std::string path_;
};

/// The run that was asked for, or the app's last one; nullopt when there is none.
std::optional<Run> FindRun(const HistoryReport& history, RunId wanted) {
  for (const Run& run : history.runs) {
    if (wanted == 0 || run.id == wanted) return run;
  }
  return std::nullopt;
}

Status ShowRest(LogReader& reader, Screen& screen) {
  while (true) {
    ASSIGN_OR_RETURN(const std::string chunk, reader.Next());
    if (chunk.empty()) return {};
    screen.Text(EscapeControl(chunk));
  }
}

Result<int> Follow(Invocation& invocation, Engine& engine, LogReader& reader, RunId run_id) {
  const std::string app = invocation.arguments.First();
  bool was_in_use = true;
  while (true) {
    // Asked first: a process that ends in good order finishes its run before it lets go.
    const bool in_use = invocation.services.IsStateInUse();
    // Asked before reading: what is written until the run ends is then read after it.
    ASSIGN_OR_RETURN(const HistoryReport history, engine.History(app));
    const std::optional<Run> run = FindRun(history, run_id);
    RETURN_IF_ERROR(ShowRest(reader, invocation.screen));
    RETURN_IF_ERROR(invocation.screen.Flush());
    if (!run || run->status != RunStatus::kRunning) return kExitDone;
    // Twice: the next command may just have taken over.
    if (!in_use && !was_in_use) {
      invocation.screen.Say("run " + std::to_string(run->id) + " of " + history.app.ToString() +
                            " stands still: the process that worked on it is gone; to take it up "
                            "again: tfgrid-compose reconcile " +
                            history.app.ToString());
      return kExitFailed;
    }
    was_in_use = in_use;
    if (!invocation.services.sleeper().Sleep(kPollInterval, invocation.stop)) {
      invocation.screen.Say("run " + std::to_string(run->id) + " of " + history.app.ToString() +
                            " goes on");
      return kExitInterrupted;
    }
  }
}

Status ShowDocument(Invocation& invocation, const HistoryReport& history, const Run& run,
                    const std::string& path, LogReader& reader) {
  std::string text;
  while (text.size() < kDocumentBytes) {
    ASSIGN_OR_RETURN(const std::string chunk, reader.Next());
    if (chunk.empty()) break;
    text += chunk;
  }
  invocation.screen.Document([&](DocumentWriter& writer) {
    writer.Member("id", history.app.ToString());
    writer.NumberOrNull("run", run.id);
    writer.Member("status", ToString(run.status));
    writer.Member("file", path);
    writer.Key("lines");
    writer.BeginList();
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      writer.Text(std::string_view(text).substr(begin, end - begin));
      begin = end + 1;
    }
    writer.EndList();
  });
  return {};
}

}  // namespace

Result<int> RunLogs(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  ASSIGN_OR_RETURN(Engine * engine, invocation.services.OpenEngine(Access::kRead));
  ASSIGN_OR_RETURN(const HistoryReport history, engine->History(arguments.First()));
  const std::optional<Run> run = FindRun(history, arguments.run);
  ASSIGN_OR_RETURN(const std::string path,
                   engine->LogFile(arguments.First(), run ? run->id : arguments.run));
  ASSIGN_OR_RETURN(LogReader reader, LogReader::Open(path));
  if (!invocation.screen.IsText()) {
    Run shown;
    shown.id = arguments.run;
    RETURN_IF_ERROR(ShowDocument(invocation, history, run ? *run : shown, path, reader));
    return kExitDone;
  }
  if (arguments.follow) return Follow(invocation, *engine, reader, run ? run->id : arguments.run);
  RETURN_IF_ERROR(ShowRest(reader, invocation.screen));
  return kExitDone;
}

}  // namespace gitops
