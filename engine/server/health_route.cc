#include "engine/server/health_route.h"

#include <utility>

namespace gitops {

HttpResponse MethodNotAllowed(std::string allowed, std::string_view request_id) {
  HttpResponse response = ProblemResponse(
      {405, "method not allowed", "this path answers to " + allowed, "", ""}, request_id);
  response.headers.Add("Allow", std::move(allowed));
  return response;
}

std::shared_ptr<HttpRoute> HealthRoute::Alive() {
  return std::make_shared<HealthRoute>([] { return std::string(); });
}

std::shared_ptr<HttpRoute> HealthRoute::Ready(NotReady not_ready) {
  return std::make_shared<HealthRoute>(std::move(not_ready));
}

HttpAdmission HealthRoute::Admit(const HttpHead& head) {
  if (head.segments.size() != 1) {
    return {ProblemResponse({404, "not found", "", "", ""}, head.request_id), 0};
  }
  if (head.method != "GET") return {MethodNotAllowed("GET, HEAD", head.request_id), 0};
  return {};
}

void HealthRoute::Answer(HttpRequest request, std::shared_ptr<HttpReply> reply) {
  const std::string why = not_ready_();
  if (!why.empty()) {
    reply->Send(ProblemResponse({503, "not ready", why, "", ""}, request.head.request_id));
    return;
  }
  HttpResponse response;
  response.headers.Add("Content-Type", "text/plain; charset=utf-8");
  response.body = "ok\n";
  reply->Send(std::move(response));
}

}  // namespace gitops
