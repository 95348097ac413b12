// RunLog: the log of one run as a file, `<state>/logs/<environment>/<name>/<run>.log`. What comes
// in is redacted, also across the borders of pieces, escaped and capped. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/drivers/driver.h"
#include "engine/drivers/line_tail.h"
#include "engine/drivers/redacting_stream.h"
#include "engine/os/unique_fd.h"

namespace gitops {

/// Where the log of a run is.
std::string RunLogPath(const std::string& state_dir, const AppId& app, RunId run);

class RunLog : public StepLog {
 public:
  /// Opens the log at `path` for appending (a resumed run goes on in its log), makes it and its
  /// directories private. At most `limit` bytes are written to it, then one line that says so.
  static Result<std::unique_ptr<RunLog>> Open(const std::string& path, const Redactor& redactor,
                                              const Clock& clock,
                                              std::int64_t limit = 10LL * 1024 * 1024);
  ~RunLog() override;

  void Write(std::string_view bytes) override;
  /// Written as "<time> <line>".
  void Note(std::string_view line) override;

  /// The last 20 lines of the newest piece of output between two notes, for a report of a failure.
  /// Fit to be shown.
  std::vector<std::string> Tail() const;

 private:
  RunLog(UniqueFd fd, std::string path, const Redactor& redactor, const Clock& clock,
         std::int64_t written, std::int64_t limit);

  void TakePiece(std::string piece);
  void Emit(std::string_view text);
  void EndLine();

  UniqueFd fd_;
  std::string path_;
  const Redactor redactor_;
  const Clock& clock_;
  std::int64_t limit_;

  mutable std::mutex mutex_;  ///< Guards what follows.
  std::int64_t written_;
  bool full_ = false;
  bool at_line_start_ = true;
  bool noted_ = false;  ///< A note came since the last output.
  RedactingStream stream_;
  LineTail tail_;
};

}  // namespace gitops
