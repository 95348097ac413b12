// RemoteNotes: what the callbacks of one remote operation saw, so that its failure can be explained
// better than by libgit2's last message. Owned by one operation in the fetch child; one thread.
#pragma once

#include <optional>
#include <string>

#include "engine/base/error.h"

namespace gitops {

struct RemoteNotes {
  bool deadline_over = false;        ///< A socket was still waiting when the time was up.
  std::string connect_problem;       ///< Why no connection was made.
  std::string redirect_problem;      ///< Why libgit2 would not follow a redirect, when asked to.
  std::string foreign_endpoint;      ///< "host:port" that a redirect led to.
  std::optional<Error> host_key;     ///< SSH: why the server's key was not accepted.
  std::optional<Error> credential;   ///< Why no credential could be given.
  bool credentials_sent = false;     ///< They were asked for and given, once.
  bool credentials_refused = false;  ///< The server asked for them again.
  bool credentials_missing = false;  ///< Asked for, but none are configured.
  bool too_large = false;            ///< The mirror would have grown beyond its limit.
  std::string rejected;              ///< Push: what the server said about the branch.
};

}  // namespace gitops
