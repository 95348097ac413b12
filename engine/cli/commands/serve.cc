// The command serve: the daemon.
#include "engine/cli/commands/command.h"

namespace gitops {

Result<int> RunServe(Invocation& invocation) {
  RETURN_IF_ERROR(invocation.services.Serve(invocation.stop));
  return kExitDone;
}

}  // namespace gitops
