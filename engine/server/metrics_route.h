// MetricsRoute: GET /metrics. Answers at once from memory; nothing in it is secret, but it names
// apps and sources: who may read it is decided by where the server listens and by the proxy.
#pragma once

#include <memory>

#include "engine/server/http_route.h"
#include "engine/server/metric_registry.h"

namespace gitops {

class MetricsRoute : public HttpRoute {
 public:
  /// `registry` outlives the route.
  explicit MetricsRoute(const MetricRegistry& registry) : registry_(registry) {}

  HttpAdmission Admit(const HttpHead& head) override;
  void Answer(HttpRequest request, std::shared_ptr<HttpReply> reply) override;

 private:
  const MetricRegistry& registry_;
};

}  // namespace gitops
