// Child processes: argv arrays, an explicit environment, an own process group, a deadline, bounded
// output. Never a shell string. Spawning is thread-safe; Run blocks the calling thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/base/work_counters.h"
#include "engine/os/confinement.h"

namespace gitops {

/// `source` is seen at `target`.
struct BindMount {
  std::string source;
  std::string target;
};

struct ProcessSpec {
  std::vector<std::string>
      argv;  ///< argv[0] is an absolute path, or is looked up in `environment`'s PATH.
  /// Complete: nothing is inherited.
  std::map<std::string, std::string> environment;
  std::string working_directory;            ///< "" keeps the parent's.
  std::string input;                        ///< Written to standard input, which is closed then.
  std::chrono::milliseconds timeout{0};     ///< 0: none.
  std::chrono::milliseconds grace{10'000};  ///< Between SIGTERM and SIGKILL of the process group.
  /// Bytes of standard output that are kept; more is an error of kind kInvalid ("too much output")
  /// unless on_output takes them.
  std::size_t output_limit = 16 * 1024 * 1024;
  /// When set, gets both streams as they come (merged, in arrival order) and nothing is kept.
  std::function<void(std::string_view)> on_output;
  std::int64_t memory_limit_bytes = 0;     ///< RLIMIT_AS; 0: none.
  std::int64_t file_size_limit_bytes = 0;  ///< RLIMIT_FSIZE; 0: none.
  std::optional<int> umask;
  Confinement confinement;
  /// Standard streams are the parent's own, and the child stays in the foreground (`exec`, `run`).
  bool interactive = false;
  /// Die with the engine (PR_SET_PDEATHSIG): for helpers whose work nobody else would pick up.
  bool die_with_parent = true;
  /// Whatever it starts, in whatever session, ends with it unless it succeeds; and all of it ends
  /// when the engine dies. Needs a runner with a warden; without one only its process group ends.
  bool guarded = false;
  /// Directories that the child sees in place of others, in a mount namespace of its own. Both ends
  /// have to exist. Where it cannot be done (it needs CAP_SYS_ADMIN) the child runs without. In a
  /// private view the targets are made and it cannot fail silently.
  std::vector<BindMount> bind_mounts;
  /// Asked in the calling thread a few times a second while the child runs, and once more when it
  /// has ended, whether it has used more than it may. After a yes it fails, and all of it is killed
  /// at once.
  std::function<bool(bool at_end)> overruns;
  /// Called in the calling thread when the child runs, with its process id, which is also the id of
  /// its process group and (unless interactive) of its session.
  std::function<void(int)> on_start;
};

struct ProcessResult {
  int exit_code = -1;  ///< -1 when a signal ended it.
  int signal = 0;      ///< The signal that ended it; 0: none.
  bool timed_out = false;
  bool cancelled = false;    ///< Ended because a stop was requested.
  bool overran = false;      ///< It had used more than it may.
  std::string output;        ///< Standard output (both streams, when merged by on_output: empty).
  std::string error_output;  ///< Standard error, the last 64 KiB.
  int leftovers = 0;         ///< Processes beside it that had to be ended (guarded only).
  bool leftovers_stuck = false;  ///< Some of them may still be there.
  std::chrono::milliseconds duration{0};
  std::chrono::milliseconds timeout{0};  ///< The one that was asked for.

  bool Succeeded() const { return exit_code == 0 && !timed_out && !cancelled && !overran; }
  /// "exit code 3", "killed by signal 9 (Killed)", "no end after 15m00s".
  std::string Describe() const;
};

/// The seam below drivers and fetches; tests bring fakes.
class ProcessRunner {
 public:
  virtual ~ProcessRunner() = default;

  /// Starts a child and waits for its end. A child that fails, runs out of time or is stopped takes
  /// its whole process group along (all it started, when it is guarded); what one that succeeds
  /// leaves running in the background lives on. Output is read until shortly after the child's end,
  /// also when something in the background keeps the stream open. Errors: kNotFound (no such
  /// program), kInvalid (argv or environment cannot be passed), kTransient (no more processes). A
  /// child that fails, is stopped or runs out of time is not an error but a ProcessResult.
  virtual Result<ProcessResult> Run(const ProcessSpec& spec, std::stop_token stop) = 0;
};

}  // namespace gitops
