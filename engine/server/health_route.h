// HealthRoute: /healthz says that the process serves, /readyz that it is fit to be sent work. What
// load balancers, Kubernetes and people ask; no rights are needed, nothing inner is told.
#pragma once

#include <functional>
#include <string>

#include "engine/server/http_route.h"

namespace gitops {

class HealthRoute : public HttpRoute {
 public:
  /// `not_ready`: why not, in words for anybody, or "" when it is; called by threads of the front.
  using NotReady = std::function<std::string()>;

  /// Always answers 200: that it answers is the news.
  static std::shared_ptr<HttpRoute> Alive();
  /// 200, or 503 with what is missing.
  static std::shared_ptr<HttpRoute> Ready(NotReady not_ready);

  explicit HealthRoute(NotReady not_ready) : not_ready_(std::move(not_ready)) {}

  HttpAdmission Admit(const HttpHead& head) override;
  void Answer(HttpRequest request, std::shared_ptr<HttpReply> reply) override;

 private:
  const NotReady not_ready_;
};

/// 405 with Allow; `allowed` as "GET, HEAD".
HttpResponse MethodNotAllowed(std::string allowed, std::string_view request_id);

}  // namespace gitops
