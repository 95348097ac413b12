#include "engine/cli/api_setup.h"

#include "engine/base/digest.h"
#include "engine/cli/engine_setup.h"
#include "engine/cli/loopback_token.h"
#include "engine/cli/version.h"
#include "engine/drivers/run_log.h"
#include "engine/os/system_random.h"

namespace gitops {
namespace {

/// Tells this process from all others, also from later ones with its number.
std::string ProcessName() {
  const std::string bytes = RandomBytes(16);
  return ToHex(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

ApiSetup::ApiSetup(const ApiSetupRequest& request, const std::shared_ptr<AccessDatabase>& database,
                   std::unique_ptr<AppListing> listing)
    : listing_(std::move(listing)),
      tokens_(database),
      audit_(database),
      idempotency_(database, ProcessName()),
      operations_(database, audit_, idempotency_),
      hosts_({request.config.server.listen}, request.config.server.public_url),
      route_(std::make_shared<ApiRoute>(
          ApiParts{request.daemon, request.store, request.deliveries, request.drift, *listing_,
                   tokens_, audit_, idempotency_, operations_, request.failures, hosts_,
                   request.clock, request.log, request.progress, request.counters,
                   [state_dir = request.config.state_dir](const AppId& app, RunId run) {
                     return RunLogPath(state_dir, app, run);
                   }})) {}

Result<std::unique_ptr<ApiSetup>> ApiSetup::Make(const ApiSetupRequest& request) {
  AccessOptions options;
  options.path = DatabasePath(request.config);
  options.seal_key = request.key;
  options.binary_version = ProgramVersion();
  ASSIGN_OR_RETURN(const auto database, AccessDatabase::Open(options, request.clock));
  ASSIGN_OR_RETURN(auto listing, AppListing::Open(options));
  std::unique_ptr<ApiSetup> setup(new ApiSetup(request, database, std::move(listing)));
  RETURN_IF_ERROR(EnsureLoopbackToken(request.config, setup->tokens_, request.clock));
  RETURN_IF_ERROR(setup->route_->TakeUp());
  return setup;
}

}  // namespace gitops
