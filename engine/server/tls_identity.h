// TlsIdentity: the server's certificate and key, read from files, and read again when the files
// change. Connections keep the identity that they began with. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/result.h"
#include "engine/model/server_spec.h"

namespace boost::asio::ssl {
class context;
}

namespace gitops {

class TlsIdentity {
 public:
  using Context = std::shared_ptr<boost::asio::ssl::context>;

  /// Errors: kNotFound; kInvalid when a file is no PEM of the right kind, the key can be read by
  /// everybody or changed by others, the key belongs to another certificate than the first one, or
  /// the certificate has expired.
  static Result<std::unique_ptr<TlsIdentity>> Load(TlsFiles files);

  /// For new connections.
  Context current() const;

  /// Reads files that have changed since they were last looked at. What cannot be used is logged
  /// once and the old identity stays.
  void Refresh(Log& log);

 private:
  /// What changes when a file does.
  struct Mark {
    std::uint64_t device = 0, inode = 0;
    std::int64_t size = 0, seconds = 0, nanoseconds = 0;

    bool operator==(const Mark&) const = default;
  };

  explicit TlsIdentity(TlsFiles files) : files_(std::move(files)) {}

  static Mark Look(const std::string& path);
  static Result<Context> Read(const TlsFiles& files);

  const TlsFiles files_;
  mutable std::mutex mutex_;  // Guards current_.
  Context current_;
  Mark certificate_mark_, key_mark_;  // Of whoever calls Refresh.
};

}  // namespace gitops
