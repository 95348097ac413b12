// What engine, warden and guard tell each other about a child, as bytes. All three are one binary
// on one machine, so the form may change at will. Pure.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/os/process.h"

namespace gitops {

/// All of `spec` that matters for starting it.
std::string EncodeSpec(const ProcessSpec& spec);
Result<ProcessSpec> DecodeSpec(std::string_view bytes);

/// From a guard to the engine.
struct GuardNews {
  enum class Kind : int {
    kReady,    ///< The guard is there.
    kStarted,  ///< `number` is the child's process id.
    kRefused,  ///< `error` says why it could not be started.
    kExited,   ///< `number` is its exit code.
    kKilled,   ///< `number` is the signal that ended it.
    kCleared,  ///< Nothing is left of it; `number` processes had to be ended besides itself.
    kStuck,    ///< Something is left that cannot be ended; `number` as above.
  };
  Kind kind = Kind::kRefused;
  int number = 0;
  int guard = 0;  ///< The guard's own process id.
  Error error{ErrorKind::kTransient, Diagnostic{}};
};

std::string EncodeNews(const GuardNews& news);
Result<GuardNews> DecodeNews(std::string_view bytes);

/// From the engine to a guard: one byte each. The end of the connection means kEndAll.
enum class GuardOrder : char {
  kRelease = 'r',  ///< The child is done; what it left behind may go on.
  kEndAll = 'e',   ///< End the child and everything it started.
};

}  // namespace gitops
