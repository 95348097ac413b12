// HttpFront: the daemon's HTTP server. It accepts clients, holds every limit, reads requests that
// have one meaning only, asks the routes, and sends their answers. Its threads are its own; its
// functions may be called from any one other thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/server/front_options.h"
#include "engine/server/front_state.h"

namespace gitops {

class HttpFront {
 public:
  /// Listens, and serves from then on. `clock` and `log` outlive the front. Errors: what Listen and
  /// TlsIdentity::Load say.
  static Result<std::unique_ptr<HttpFront>> Start(FrontOptions options, HttpRoutes routes,
                                                  const Clock& clock, Log& log);
  /// Cuts off what is left and joins the threads.
  ~HttpFront();
  HttpFront(const HttpFront&) = delete;
  HttpFront& operator=(const HttpFront&) = delete;

  /// That are listened on, in the order of the options.
  const std::vector<std::uint16_t>& ports() const;

  /// LoopbackOf what is listened on.
  const std::string& loopback() const;

  /// Accepts nobody any more, ends streams and waiting connections, and waits until what is being
  /// answered has been, at most for `patience`. True when nothing was left.
  bool Drain(std::chrono::milliseconds patience);

  /// Takes over what can change while it serves (FrontSettings); from any thread.
  void Follow(const ServerSpec& spec);

  const FrontCounts& counts() const;

 private:
  struct Impl;
  explicit HttpFront(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace gitops
