#include "engine/server/metrics_route.h"

#include <string>
#include <utility>

#include "engine/server/metric_text.h"

namespace gitops {

HttpAdmission MetricsRoute::Admit(const HttpHead& head) {
  HttpAdmission admission;
  if (head.segments.size() != 1) {
    admission.refusal = ProblemResponse({.status = 404,
                                         .title = "no such page",
                                         .detail = "below /metrics there is nothing",
                                         .field = "",
                                         .fix = "GET /metrics"},
                                        head.request_id);
  } else if (head.method != "GET" && head.method != "HEAD") {
    admission.refusal = ProblemResponse({.status = 405,
                                         .title = "method not allowed",
                                         .detail = "metrics are only read",
                                         .field = "",
                                         .fix = "GET /metrics"},
                                        head.request_id);
    admission.refusal->headers.Add("Allow", "GET, HEAD");
  }
  return admission;
}

void MetricsRoute::Answer(HttpRequest request, std::shared_ptr<HttpReply> reply) {
  const auto accept = request.head.headers.Find("Accept");
  const MetricFormat format = ChooseMetricFormat(accept.value_or(""));
  HttpResponse response;
  response.headers.Add("Content-Type", std::string(ContentType(format)));
  response.body = RenderMetrics(registry_.Read(), format);
  reply->Send(std::move(response));
}

}  // namespace gitops
