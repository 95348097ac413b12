#include "engine/server/api_acting.h"

#include <algorithm>

#include "engine/base/digest.h"
#include "engine/server/api_document.h"
#include "engine/server/api_problem.h"

namespace gitops {
namespace {

constexpr std::size_t kLongestKey = 200;

std::optional<Problem> CheckKey(std::string_view key) {
  const bool visible =
      std::all_of(key.begin(), key.end(), [](char c) { return c > 32 && c < 127; });
  if (!key.empty() && key.size() <= kLongestKey && visible) return std::nullopt;
  return BadValue("Idempotency-Key", "it has 1 to 200 visible ASCII characters");
}

/// Everything that makes two requests the same one.
std::string RequestDigest(const HttpRequest& request) {
  DigestBuilder digest;
  digest.Add(request.head.method);
  for (const std::string& segment : request.head.segments) digest.Add(segment);
  digest.Add(request.head.headers.Find("If-Match").value_or(""));
  return digest.Add(request.body).Hex();
}

/// What an earlier use of the key means for this request; nullopt: it is carried out.
std::optional<HttpResponse> AnswerOf(const IdempotencyClaim& claim, std::string_view request_id) {
  const auto refuse = [&](int status, std::string detail, std::string fix) {
    return ApiProblem({status, std::string(status == 422 ? kBadValue : kConflicting),
                       std::move(detail), "Idempotency-Key", std::move(fix)},
                      request_id);
  };
  switch (claim.kind) {
    case IdempotencyClaim::Kind::kNew:
      return std::nullopt;
    case IdempotencyClaim::Kind::kAnswered: {
      HttpResponse response = ApiAnswer(claim.status, claim.body);
      response.headers.Add("Idempotency-Replayed", "true");
      return response;
    }
    case IdempotencyClaim::Kind::kUnderWay:
      return refuse(409, "the same request is being carried out", "ask again in a moment");
    case IdempotencyClaim::Kind::kUncertain:
      return refuse(409, "the server stopped while it carried this request out",
                    "look at the app, then send the request with a new key if it is still needed");
    case IdempotencyClaim::Kind::kOther:
      return refuse(422, "the key was used for another request", "use a new key for each request");
    case IdempotencyClaim::Kind::kTooMany:
      break;
  }
  return refuse(409, "the token has used too many keys within a day", "use fewer keys");
}

Problem SuspendedProblem(const Suspension& suspension) {
  return {409, std::string(kConflicting),
          "the app is suspended" +
              (suspension.reason.empty() ? std::string() : ": " + suspension.reason),
          "", "resume it first"};
}

/// What is kept of a problem in the audit.
std::string DetailOf(const HttpResponse& response) {
  return "HTTP " + std::to_string(response.status);
}

}  // namespace

Status ApiActing::Note(const AuditNote& note, const std::string& result,
                       const std::string& detail) {
  AuditNote full = note;
  full.result = result;
  full.detail = detail;
  ASSIGN_OR_RETURN([[maybe_unused]] const AuditEntry entry, parts_.audit.Append(full));
  return {};
}

void ApiActing::NoteRefusal(const HttpHead& head, const ApiMatch& match, const std::string& who,
                            int status) {
  if (Status noted = Note(NoteOf(head, match, who), "refused", "HTTP " + std::to_string(status));
      !noted) {
    parts_.log.Warning("the audit could not be written", {{"error", noted.error().ToString()}});
  }
}

HttpResponse ApiActing::Act(const HttpRequest& request, const ApiMatch& match,
                            const ApiCaller& caller) {
  const HttpHead& head = request.head;
  auto read = ReadWish(request, match, caller);
  if (const auto* problem = std::get_if<Problem>(&read)) {
    NoteRefusal(head, match, caller.name(), problem->status);
    return ApiProblem(*problem, head.request_id);
  }
  ApiWish& wish = std::get<ApiWish>(read);
  if (head.headers.Count("Idempotency-Key") == 0) return Noted(head, wish, caller);
  const std::string key(head.headers.Find("Idempotency-Key").value_or(""));
  if (const auto problem = CheckKey(key)) return ApiProblem(*problem, head.request_id);
  wish.key = IdempotencyKey{caller.token().id, key};
  // An operation that was carried out was accepted before, which answers its key.
  const bool operation = IsOperation(wish.target);
  const auto claim =
      parts_.idempotency.Claim(*wish.key, RequestDigest(request),
                               operation ? UnansweredKey::kFree : UnansweredKey::kUncertain);
  if (!claim) return ApiProblem(ProblemOf(claim.error()), head.request_id);
  if (auto answer = AnswerOf(*claim, head.request_id)) return *std::move(answer);
  HttpResponse response = Noted(head, wish, caller);
  Status kept;
  if (response.status >= 300) {
    kept = parts_.idempotency.Forget(*wish.key);
  } else if (!operation) {
    kept = parts_.idempotency.Finish(*wish.key, response.status, response.body);
  }
  if (!kept) {
    parts_.log.Warning("an idempotency key could not be kept",
                       {{"error", kept.error().ToString()}});
  }
  return response;
}

HttpResponse ApiActing::Noted(const HttpHead& head, ApiWish& wish, const ApiCaller& caller) {
  std::optional<Problem> problem;
  Status checked = CheckTarget(head, wish, caller, problem);
  if (!checked) problem = ProblemOf(checked.error());
  const auto asked = Note(wish.note, problem ? "refused" : "asked",
                          problem ? "HTTP " + std::to_string(problem->status) : std::string());
  if (problem) return ApiProblem(*problem, head.request_id);
  // What the audit does not know does not happen.
  if (!asked) return ApiProblem(ProblemOf(asked.error()), head.request_id);
  HttpResponse response = CarryOut(head, wish);
  if (response.status >= 300) {
    if (Status noted = Note(wish.note, "refused", DetailOf(response)); !noted) {
      parts_.log.Warning("the audit could not be written", {{"error", noted.error().ToString()}});
    }
  }
  return response;
}

Status ApiActing::CheckTarget(const HttpHead& head, ApiWish& wish, const ApiCaller& caller,
                              std::optional<Problem>& problem) {
  const bool has_tag = head.headers.Count("If-Match") > 0;
  if (!wish.IsForApp()) {
    if (has_tag) problem = BadValue("If-Match", "only requests for one app take it");
    if (wish.run == 0) return {};
    ASSIGN_OR_RETURN(const auto run, parts_.store.LoadRun(wish.run));
    if (!run || !caller.Sees(run->plan.app)) problem = NotFoundProblem();
    return {};
  }
  ASSIGN_OR_RETURN(const auto record, parts_.store.LoadApp(wish.app));
  if (!record || !caller.Sees(wish.app)) {
    problem = NotFoundProblem();
    return {};
  }
  wish.serial = record->recorded_serial;
  wish.last_run = record->last_run;
  const std::string_view tag = head.headers.Find("If-Match").value_or("");
  wish.exact = has_tag && tag != "*";
  const std::string present = SerialTag(record->recorded_serial);
  if (wish.exact && tag != present) {
    problem =
        Problem{412, std::string(kStale), "its serial is " + present + ", not what If-Match says",
                "If-Match", "look at the app again, then decide again"};
  } else if (wish.target == ApiTarget::kReconcileApp && record->suspension &&
             !wish.reconcile.dry_run) {
    problem = SuspendedProblem(*record->suspension);
  }
  return {};
}

HttpResponse ApiActing::CarryOut(const HttpHead& head, const ApiWish& wish) {
  if (wish.target == ApiTarget::kCancelRun) {
    if (const Status status = parts_.daemon.Cancel(wish.run, wish.by); !status) {
      Problem problem = ProblemOf(status.error());
      // The run is there, or it would not have come here: it is over.
      if (problem.status == 404) problem.status = 409;
      return ApiProblem(problem, head.request_id);
    }
    static_cast<void>(Note(wish.note, "accepted", ""));
    return ApiAnswer(202, ApiBody([&](DocumentWriter& writer) {
                       writer.Member("run", std::int64_t{wish.run});
                       writer.Member("state", "cancelling");
                     }));
  }
  if (IsOperation(wish.target)) return operations_.Ask(head, wish);
  const std::string app = wish.app.ToString();
  const auto status = wish.target == ApiTarget::kSuspend
                          ? parts_.daemon.Suspend(app, wish.reason, wish.by)
                          : parts_.daemon.Resume(app, wish.by);
  if (!status) return ApiProblem(ProblemOf(status.error()), head.request_id);
  static_cast<void>(Note(wish.note, "done", wish.reason));
  HttpResponse response = ApiAnswer(200, AppBody(*status));
  response.headers.Add("ETag", SerialTag(status->record.recorded_serial));
  return response;
}

}  // namespace gitops
