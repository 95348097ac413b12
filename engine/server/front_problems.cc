#include "engine/server/front_problems.h"

namespace gitops {

HttpResponse InternalError(std::string_view request_id) {
  return ProblemResponse(FrontProblem(500, kInternal), request_id);
}

HttpResponse BusyResponse(std::string detail, std::string_view request_id) {
  HttpResponse response = ProblemResponse(
      FrontProblem(503, kBusy, std::move(detail), "try again in a moment"), request_id);
  response.headers.Add("Retry-After", "2");
  return response;
}

}  // namespace gitops
