#include "engine/server/client_bodies.h"

#include "engine/base/check.h"
#include "engine/server/failure_limiter.h"

namespace gitops {

std::optional<ClientBodies::Place> ClientBodies::Take(std::string_view address, int most) {
  std::string client = ClientKey(address);
  const std::lock_guard lock(mutex_);
  const auto [entry, fresh] = arriving_.try_emplace(client, 0);
  if (entry->second >= most) {
    if (fresh) arriving_.erase(entry);
    return std::nullopt;
  }
  ++entry->second;
  return Place(*this, std::move(client));
}

std::size_t ClientBodies::clients() const {
  const std::lock_guard lock(mutex_);
  return arriving_.size();
}

void ClientBodies::GiveBack(const std::string& client) {
  const std::lock_guard lock(mutex_);
  const auto entry = arriving_.find(client);
  CHECK(entry != arriving_.end());
  if (--entry->second == 0) arriving_.erase(entry);
}

}  // namespace gitops
