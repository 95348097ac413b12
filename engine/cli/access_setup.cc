#include "engine/cli/access_setup.h"

#include "engine/cli/version.h"
#include "engine/os/file_lock.h"

namespace gitops {

Result<std::unique_ptr<AccessSetup>> AccessSetup::Open(const SetupRequest& request) {
  const bool write = request.access == Access::kWrite;
  std::unique_ptr<EngineSetup> engine;
  if (write) {
    auto mine = SetUpEngine(request);
    const bool others = !mine && mine.error().kind == ErrorKind::kConflict &&
                        FileLock::IsHeld(LockPath(request.config));
    if (!mine && !others) return std::move(mine).error();
    if (mine) engine = *std::move(mine);
  }
  AccessOptions options;
  options.path = DatabasePath(request.config);
  ASSIGN_OR_RETURN(options.seal_key, ReadStateKey(request.config));
  options.binary_version = ProgramVersion();
  options.read_only = !write;
  ASSIGN_OR_RETURN(const auto database, AccessDatabase::Open(options, request.clock));
  return std::unique_ptr<AccessSetup>(new AccessSetup(std::move(engine), database));
}

}  // namespace gitops
