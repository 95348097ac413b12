#include "engine/drivers/run_log.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "engine/base/timestamp.h"
#include "engine/os/atomic_file.h"
#include "engine/os/private_directory.h"
#include "engine/os/system_error.h"

namespace gitops {

std::string RunLogPath(const std::string& state_dir, const AppId& app, RunId run) {
  return state_dir + "/logs/" + app.environment + "/" + app.name + "/" + std::to_string(run) +
         ".log";
}

Result<std::unique_ptr<RunLog>> RunLog::Open(const std::string& path, const Redactor& redactor,
                                             const Clock& clock, std::int64_t limit) {
  RETURN_IF_ERROR(MakePrivateDirectory(ParentDirectory(path)));
  UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
  struct stat status {};
  if (!fd || fstat(fd.get(), &status) != 0) {
    return SystemError("cannot open the log of a run", path, errno);
  }
  return std::unique_ptr<RunLog>(
      new RunLog(std::move(fd), path, redactor, clock, status.st_size, limit));
}

RunLog::RunLog(UniqueFd fd, std::string path, const Redactor& redactor, const Clock& clock,
               std::int64_t written, std::int64_t limit)
    : fd_(std::move(fd)),
      path_(std::move(path)),
      redactor_(redactor),
      clock_(clock),
      limit_(limit),
      written_(written),
      stream_(redactor) {}

RunLog::~RunLog() {
  const std::lock_guard lock(mutex_);
  EndLine();
}

void RunLog::Write(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (noted_) tail_.Clear();
  noted_ = false;
  TakePiece(stream_.Cut(bytes));
}

void RunLog::TakePiece(std::string piece) {
  if (!full_) Emit(ShowableText(redactor_, piece));
  tail_.Add(std::move(piece));
}

void RunLog::Note(std::string_view line) {
  const std::lock_guard lock(mutex_);
  EndLine();
  noted_ = true;
  Emit(FormatTimestamp(clock_.Now()) + " " + EscapeLine(redactor_.Redact(line)) + "\n");
}

std::vector<std::string> RunLog::Tail() const {
  const std::lock_guard lock(mutex_);
  LineTail tail = tail_;
  RedactingStream rest = stream_;
  tail.Add(rest.CutRest());
  return tail.Lines(redactor_);
}

/// Writes what is still held back, so that a note starts a line of its own.
void RunLog::EndLine() {
  TakePiece(stream_.CutRest());
  if (!at_line_start_) Emit("\n");
}

/// A log that cannot be written does not stop a run: the tail still has the end of it.
void RunLog::Emit(std::string_view text) {
  if (text.empty() || full_) return;
  const auto size = static_cast<std::int64_t>(text.size());
  if (written_ + size <= limit_) {
    written_ += size;
    at_line_start_ = text.back() == '\n';
    (void)WriteAll(fd_.get(), path_, text);
    return;
  }
  full_ = true;
  // Whole lines only: a cut inside one could split a character or an escape.
  const auto room = static_cast<std::size_t>(std::max<std::int64_t>(0, limit_ - written_));
  const std::size_t end = text.substr(0, room).rfind('\n');
  std::string last(text.substr(0, end == std::string_view::npos ? 0 : end + 1));
  if (last.empty() && !at_line_start_) last = "\n";
  last += "(the log has reached its limit of " + std::to_string(limit_) +
          " bytes; nothing more is written)\n";
  at_line_start_ = true;
  (void)WriteAll(fd_.get(), path_, last);
}

}  // namespace gitops
