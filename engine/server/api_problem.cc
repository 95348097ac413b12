#include "engine/server/api_problem.h"

namespace gitops {

Problem NotAuthenticated() {
  return {401, std::string(kNotAuthenticated), "this request needs a token that is valid", "",
          "send Authorization: Bearer TOKEN; make one: tfgrid-compose token create --role viewer"};
}

Problem NotAllowed() {
  return {403, std::string(kNotAllowed), "the token may not do this", "",
          "use a token with another role: tfgrid-compose token create --help"};
}

Problem NotFoundProblem() {
  return {404, std::string(kNoSuchThing), "there is nothing here, or not for this token", "",
          "GET /api/v1/openapi.json describes what there is"};
}

Problem BadValue(std::string field, std::string detail, std::string fix) {
  return {422, std::string(kBadValue), std::move(detail), std::move(field), std::move(fix)};
}

Problem ProblemOf(const Error& error) {
  const Diagnostic& first = error.primary();
  const std::string detail =
      first.detail.empty() ? first.summary : first.summary + ": " + first.detail;
  switch (error.kind) {
    case ErrorKind::kInvalid:
      return {422, std::string(kBadValue), detail, first.subject, first.hint};
    case ErrorKind::kNotFound:
      return {404, std::string(kNoSuchThing), detail, "", first.hint};
    case ErrorKind::kConflict:
      // Its detail may name files and processes of this machine.
      return {409, std::string(kConflicting), first.summary, "", ""};
    case ErrorKind::kTransient:
    case ErrorKind::kCancelled:
      return {503, std::string(kTooBusy), first.summary, "", "try again later"};
    case ErrorKind::kUnknownOutcome:
    case ErrorKind::kCorruption:
      break;
  }
  return {500, "internal error", first.summary, "", "tfgrid-compose doctor tells more"};
}

HttpResponse ApiProblem(const Problem& problem, std::string_view request_id) {
  HttpResponse response = ProblemResponse(problem, request_id);
  response.headers.Add("Cache-Control", "no-store");
  if (problem.status == 401) response.headers.Add("WWW-Authenticate", "Bearer");
  if (problem.status == 503) response.headers.Add("Retry-After", "5");
  return response;
}

}  // namespace gitops
