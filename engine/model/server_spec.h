// ServerSpec: what the configuration says about the daemon's own HTTP server. Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/ip_network.h"

namespace gitops {

/// PEM files. The certificate file holds the server's own certificate first, then its issuers.
struct TlsFiles {
  std::string certificate_file;
  std::string key_file;

  bool operator==(const TlsFiles&) const = default;
};

struct ServerLimits {
  int connections = 12'000;  ///< Open at once.
  int bodies = 64;           ///< Request bodies that are still arriving.
  std::int64_t body_memory_bytes = 128LL * 1024 * 1024;  ///< All of them together.
  std::chrono::milliseconds head_timeout{5'000};   ///< From the first byte of a head to its last.
  std::chrono::milliseconds body_timeout{30'000};  ///< For a whole body.
  std::chrono::milliseconds idle_timeout{60'000};  ///< Between requests, and before the first.
  int bodies_per_client = 16;                      ///< As `bodies`, of one client.
  int head_bytes = 64 * 1024;                      ///< Of a request's head.
  int head_fields = 100;                           ///< In a request's head.
  int backlog = 1024;                              ///< Connections that wait to be accepted.

  bool operator==(const ServerLimits&) const = default;
};

struct ServerSpec {
  std::string listen = "127.0.0.1:8420";
  std::string public_url;  ///< How others reach the server, "https://gitops.example.org"; or "".
  std::vector<IpNetwork> trusted_proxies;  ///< Whose X-Forwarded-For is believed.
  std::optional<TlsFiles> tls;             ///< None: plain HTTP.
  ServerLimits limits;
  /// How often the daemon looks at what is there of each app; 0: never.
  std::chrono::milliseconds drift_interval{0};

  bool operator==(const ServerSpec&) const = default;
};

}  // namespace gitops
