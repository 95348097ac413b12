// HostPolicy: which names this server is asked by. A page of another site can point a name of its
// own at this machine (DNS rebinding), or send requests here with a visitor's rights; neither gets
// the name right. For routes that act. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/server/http_message.h"

namespace gitops {

class HostPolicy {
 public:
  /// Allowed are the names of this machine's loopback, the hosts of `listen` ("host:port"), and the
  /// host of `public_url` (or "").
  HostPolicy(const std::vector<std::string>& listen, std::string_view public_url);

  /// From now on the host of this `public_url` (or "") is allowed instead of the last one's.
  void SetPublicUrl(std::string_view public_url);

  /// Why a head is refused, or "": its Host is not ours, or its Origin is another site. A request
  /// of a program has no Origin. An address as host is ours only when it is listened on; with a
  /// wildcard (0.0.0.0, [::]) every address is, since nobody can rebind an address.
  std::string Refusal(const HttpHead& head) const;

 private:
  struct Names {
    bool Contain(std::string_view host) const;

    std::set<std::string, std::less<>> hosts;  ///< Lower case, without port and brackets.
    bool any_address = false;
    std::string public_authority;  ///< "host:port" as in the public URL.
  };

  const std::vector<std::string> listen_;
  mutable std::mutex mutex_;  // Guards what follows.
  std::shared_ptr<const Names> names_;
};

}  // namespace gitops
