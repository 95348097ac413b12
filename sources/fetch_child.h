// FetchChild: everything that talks to a remote runs in a child process of the same binary, because
// libgit2 cannot be interrupted: the child can be killed, has limits for memory and files, and
// takes its memory with it. Both ends are here: the engine's (FetchRunner) and the child's
// (RunFetchChild).
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "engine/base/result.h"
#include "engine/os/process.h"
#include "sources/fetch_wire.h"

namespace gitops {

/// The command by which the binary starts itself: `<self> internal-fetch`.
inline constexpr const char* kFetchCommand = "internal-fetch";

/// The child: reads one request from `in`, does it, writes one response to `out` (file
/// descriptors). Returns the exit code: 0 when a response was written, also when it is an error.
/// When `in` is the connection of a nursery it serves that instead.
int RunFetchChild(int in, int out);

/// The program that forks such children when a ProcessRunner has it as its nursery: libgit2 is
/// started, and the certificates of the last source that was fetched over https are read. `self` as
/// below.
ProcessSpec FetchNursery(const std::string& self);

/// The engine's end.
class FetchRunner {
 public:
  /// `self` is the absolute path of this binary. `memory_bytes` limits the child's address space
  /// (0: no limit, as sanitizers need).
  FetchRunner(std::string self, ProcessRunner& runner, std::int64_t memory_bytes)
      : self_(std::move(self)), runner_(runner), memory_bytes_(memory_bytes) {}

  /// Blocks until the child has ended, at most the request's timeout and a second. Errors: those of
  /// the child, free of the token in any encoding; kTransient (deadline, child died), kCancelled.
  Result<RemoteResponse> Run(const RemoteRequest& request, std::stop_token stop);

 private:
  std::string self_;
  ProcessRunner& runner_;
  std::int64_t memory_bytes_;
};

}  // namespace gitops
