// What engine, warden and guard tell each other about a child, as bytes. All three are one binary
// on one machine, so the form may change at will. Pure.
#pragma once

#include <array>
#include <cstddef>
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
    kIdle,     ///< A released child has left nothing: the guard waits for another one.
  };
  Kind kind = Kind::kRefused;
  int number = 0;
  int guard = 0;  ///< The guard's own process id.
  Error error{ErrorKind::kTransient, Diagnostic{}};
};

/// From the engine to a guard that has no child: one to start. The open files that come with it
/// are a file with the bytes of EncodeSpec, if they do not fit in (`spec` is empty then), and those
/// of the streams 0 to 2 that are set.
struct GuardRequest {
  std::array<bool, 3> streams{};
  std::string spec;
};

/// How much longer than its specification a request may be.
inline constexpr std::size_t kRequestHead = 64;

std::string EncodeGuardRequest(const GuardRequest& request);
Result<GuardRequest> DecodeGuardRequest(std::string_view bytes);

std::string EncodeNews(const GuardNews& news);
Result<GuardNews> DecodeNews(std::string_view bytes);

/// From the engine to a guard, about the child that it has: one byte each. The end of the
/// connection means kEndAll.
enum class GuardOrder : char {
  kRelease = 'r',  ///< The child is done; what it left behind may go on.
  kEndAll = 'e',   ///< End the child and everything it started.
};

}  // namespace gitops
