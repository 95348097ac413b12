// GitTransport: our own sockets below libgit2's http and https. They have what libgit2 1.5 lacks:
// TCP_NODELAY (two small writes per request cost 40 ms each without), a deadline for connecting and
// reading, and a fixed endpoint: no redirect leads anywhere else, no link-local address is
// contacted. For the fetch child, which does one operation on one thread.
#pragma once

#include <chrono>
#include <string>

#include "engine/base/result.h"
#include "sources/remote_notes.h"

namespace gitops {

/// Where connections may go and until when.
struct StreamPolicy {
  std::string host;
  std::string port;
  std::chrono::steady_clock::time_point deadline;
  RemoteNotes* notes = nullptr;
};

/// Installs the sockets for as long as it lives; at most one at a time in a process. SSH must not
/// use them: libgit2 takes its own socket's descriptor there.
class ScopedGitTransport {
 public:
  explicit ScopedGitTransport(StreamPolicy policy);
  ~ScopedGitTransport();
  ScopedGitTransport(const ScopedGitTransport&) = delete;
  ScopedGitTransport& operator=(const ScopedGitTransport&) = delete;
};

}  // namespace gitops
