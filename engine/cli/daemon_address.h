// DaemonAddress: how commands of this machine find the daemon that holds their state: a file in the
// state directory, written when the daemon listens and removed when it ends. Whoever can read it
// could read the state as well.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/model/config.h"

namespace gitops {

/// Raised when commands ask in a way that older daemons do not understand, or the other way round.
inline constexpr int kCommandProtocol = 1;

struct DaemonAddress {
  pid_t pid = 0;
  std::string url;  ///< "http://127.0.0.1:8420": always a loopback address.
  int protocol = kCommandProtocol;
  std::string version;        ///< Of its program.
  std::string configuration;  ///< ConfigurationName of what it reads.

  bool operator==(const DaemonAddress&) const = default;
};

/// Where the file is.
std::string DaemonAddressPath(const Config& config);

/// Which configuration this is, whatever path led to its file; "" for the embedded defaults.
std::string ConfigurationName(const Config& config);

/// The file as long as the object lives. REQUIRES: this process holds the state lock.
class PublishedAddress {
 public:
  /// Errors: kTransient, kInvalid (cannot be written).
  static Result<PublishedAddress> Make(const Config& config, const DaemonAddress& address);

  PublishedAddress(PublishedAddress&& other) noexcept;
  PublishedAddress& operator=(PublishedAddress&&) = delete;
  ~PublishedAddress();

 private:
  explicit PublishedAddress(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// What the file says; nullopt: there is none, or it was left by a daemon that is gone. `pid`: of
/// the state lock's holder. Errors: kInvalid (it cannot be read, or is none of ours).
Result<std::optional<DaemonAddress>> ReadDaemonAddress(const Config& config, pid_t pid);

}  // namespace gitops
