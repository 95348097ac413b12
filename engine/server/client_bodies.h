// ClientBodies: how many bodies are arriving from each client, so that one alone, however slow,
// does not take all places. Holds no more clients than there are connections. Thread-safe.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace gitops {

class ClientBodies {
 public:
  /// A client's place for one body; free again when it goes. The ClientBodies outlive it.
  class Place {
   public:
    Place(Place&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)), client_(std::move(other.client_)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (owner_ != nullptr) owner_->GiveBack(client_);
    }

   private:
    friend class ClientBodies;
    Place(ClientBodies& owner, std::string client) : owner_(&owner), client_(std::move(client)) {}

    ClientBodies* owner_;
    std::string client_;
  };

  /// A place for one more body of the client at `address`; none when it has `most`. An IPv6 /64
  /// network is one client.
  std::optional<Place> Take(std::string_view address, int most);

  std::size_t clients() const;

 private:
  void GiveBack(const std::string& client);

  mutable std::mutex mutex_;
  std::unordered_map<std::string, int> arriving_;
};

}  // namespace gitops
