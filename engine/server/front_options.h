// FrontOptions: everything that decides how the HTTP front behaves. Plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/server_spec.h"
#include "engine/server/head_scan.h"
#include "engine/server/http_route.h"

namespace gitops {

struct FrontOptions {
  /// "HOST:PORT" each; every address of a host name is listened on. Port 0: any free one.
  std::vector<std::string> listen{"127.0.0.1:8420"};
  /// Also on a free port of the loopback when none of these is there.
  bool on_loopback_too = false;
  std::optional<TlsFiles> tls;
  std::vector<IpNetwork> trusted_proxies;
  ServerLimits limits;
  HeadLimits head;  ///< What `limits` says of it is put in here by OptionsOf.
  int threads = 0;  ///< 0: one for each core, at most 4.
  int backlog = 1024;
  /// Bytes a second that a body comes with at least, after the first seconds.
  std::size_t body_rate = 1024;
  std::chrono::milliseconds body_rate_grace{5'000};
  std::chrono::milliseconds answer_timeout{120'000};  ///< Of a route.
  std::chrono::milliseconds send_timeout{30'000};     ///< For each 1 MiB of an answer.
  std::chrono::milliseconds linger{2'000};            ///< For a refused client to read why.
  std::chrono::milliseconds tick{500};                ///< How often deadlines are looked at.
  std::chrono::milliseconds tls_check{10'000};  ///< How often certificate files are looked at.
};

/// By the first segment of the path; "" is the path "/".
using HttpRoutes = std::map<std::string, std::shared_ptr<HttpRoute>, std::less<>>;

FrontOptions OptionsOf(const ServerSpec& spec);

}  // namespace gitops
