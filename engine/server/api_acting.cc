#include "engine/server/api_acting.h"

#include <algorithm>

#include "engine/base/digest.h"
#include "engine/model/codec.h"
#include "engine/server/api_document.h"
#include "engine/server/api_problem.h"

namespace gitops {
namespace {

constexpr std::size_t kLongestKey = 200;
constexpr std::size_t kRemembered = 1000;
constexpr std::size_t kMostRunsNoted = 100;

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

/// Whether progress is of what a request is about. Sources are looked at for every reconcile.
bool BelongsTo(const Progress& progress, const AppId& app, const ReconcileRequest& scope) {
  const auto is = [&](const std::string& name) {
    return progress.subject == name || progress.subject.ends_with("/" + name);
  };
  if (!app.name.empty()) return progress.subject == app.ToString();
  const bool of_source = progress.kind == Progress::Kind::kSourceStarted ||
                         progress.kind == Progress::Kind::kSourceFinished;
  if (of_source) return scope.source.empty() || progress.subject == scope.source;
  if (!scope.environment.empty() && !progress.subject.starts_with(scope.environment + "/")) {
    return false;
  }
  return scope.apps.empty() || std::any_of(scope.apps.begin(), scope.apps.end(), is);
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
  const std::int64_t token = caller.token().id;
  const auto claim = parts_.idempotency.Claim(token, key, RequestDigest(request));
  if (!claim) return ApiProblem(ProblemOf(claim.error()), head.request_id);
  if (auto answer = AnswerOf(*claim, head.request_id)) return *std::move(answer);
  HttpResponse response = Noted(head, wish, caller);
  const Status kept = response.status < 300
                          ? parts_.idempotency.Finish(token, key, response.status, response.body)
                          : parts_.idempotency.Forget(token, key);
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

Status ApiActing::CheckTarget(const HttpHead& head, const ApiWish& wish, const ApiCaller& caller,
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
  const std::string_view tag = head.headers.Find("If-Match").value_or("");
  const std::string present = SerialTag(record->recorded_serial);
  if (has_tag && tag != "*" && tag != present) {
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
  if (wish.target != ApiTarget::kSuspend && wish.target != ApiTarget::kResume) {
    return Ask(head, wish);
  }
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

Result<TicketId> ApiActing::AskDaemon(const ApiWish& wish) {
  switch (wish.target) {
    case ApiTarget::kRollback:
      return parts_.daemon.Rollback(wish.rollback, wish.by);
    case ApiTarget::kDown:
      return parts_.daemon.Down(wish.app.ToString(), wish.reconcile.dry_run, wish.by);
    case ApiTarget::kUp:
      return parts_.daemon.Up(wish.up, wish.by);
    default:
      return parts_.daemon.Request(wish.reconcile, wish.by);
  }
}

Result<TicketId> ApiActing::Join(const ApiWish& wish) {
  std::unique_lock lock(mutex_);
  if (const auto found = asked_.find(wish.same); !wish.same.empty() && found != asked_.end()) {
    const auto ticket = parts_.daemon.Find(found->second);
    if (ticket && !ticket->IsOver()) {
      // It may have looked at the source before this request came: another look follows.
      for (const SourceSpec& source : parts_.daemon.Configuration()->sources) {
        const bool looks =
            wish.target == ApiTarget::kReconcile || wish.target == ApiTarget::kReconcileApp;
        if (looks && !wish.reconcile.dry_run) {
          parts_.daemon.Wake(source.name);
        }
      }
      return found->second;
    }
  }
  Asked moment;
  moment.begin = parts_.progress.newest();
  moment.before = ValuesOf(parts_.counters);
  ASSIGN_OR_RETURN(const TicketId id, AskDaemon(wish));
  if (asked_.size() >= kRemembered) asked_.clear();
  if (!wish.same.empty()) asked_[wish.same] = id;
  Remember(id, wish, moment);
  lock.unlock();  // It may be over already.
  FollowUp(id, wish);
  return id;
}

void ApiActing::Remember(TicketId id, const ApiWish& wish, const Asked& moment) {
  if (requests_.size() >= kRemembered) requests_.erase(requests_.begin());
  Asked& asked = requests_[id];
  asked = moment;
  asked.app = wish.app;
  asked.scope = wish.reconcile;
}

HttpResponse ApiActing::Ask(const HttpHead& head, const ApiWish& wish) {
  const auto id = Join(wish);
  if (!id) {
    Problem problem = ProblemOf(id.error());
    // Nothing stands against it but that too much is asked for, or that the daemon stops.
    if (problem.status == 409) problem.status = 503;
    return ApiProblem(problem, head.request_id);
  }
  static_cast<void>(Note(wish.note, "accepted", "operation " + std::to_string(*id)));
  const auto ticket = parts_.daemon.Find(*id);
  Ticket unknown;
  unknown.id = *id;
  HttpResponse response =
      ApiAnswer(202, OperationBody(ticket ? *ticket : unknown, NewsOf(*id, std::nullopt)));
  response.headers.Add("Location", "/api/v1/operations/" + std::to_string(*id));
  return response;
}

void ApiActing::FollowUp(TicketId id, const ApiWish& wish) {
  // The daemon may say so at once, or after the API has gone; the note needs the disk.
  parts_.daemon.WhenOver(
      id, [weak = weak_from_this(), workers = workers_, note = wish.note](const Ticket& ticket) {
        if (const auto self = weak.lock()) self->Ended(ticket.id);
        workers->Post([weak, note, ticket] {
          if (const auto self = weak.lock()) self->NoteEnd(ticket, note);
        });
      });
}

void ApiActing::NoteEnd(const Ticket& ticket, AuditNote note) {
  const bool done = ticket.state == TicketState::kDone;
  const std::string operation = "operation " + std::to_string(ticket.id);
  std::size_t noted = 0;
  if (ticket.report) {
    for (const AppReport& app : ticket.report->apps) {
      if (app.run == 0 || noted == kMostRunsNoted) continue;
      const auto run = parts_.store.LoadRun(app.run);
      AuditNote of_run = note;
      of_run.target = app.app.ToString();
      if (run && *run) of_run.plan_digest = PlanDigest((*run)->plan);
      parts_.log.Info(
          "a request was carried out",
          {{"request", note.request_id}, {"app", of_run.target}, {"run", std::to_string(app.run)}});
      static_cast<void>(Note(of_run, app.failed ? "failed" : "done",
                             operation + ", run " + std::to_string(app.run)));
      ++noted;
    }
  }
  if (noted > 0) return;
  const std::string why = ticket.error ? ": " + ticket.error->primary().summary : std::string();
  static_cast<void>(Note(note, done ? "done" : "failed", operation + why));
}

void ApiActing::Ended(TicketId id) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = requests_.find(id);
    if (found != requests_.end() && !found->second.stats) {
      CounterValues spent = ValuesOf(parts_.counters);
      for (std::size_t i = 0; i < spent.size(); ++i) spent[i] -= found->second.before[i];
      found->second.stats = spent;
    }
  }
  if (ended_) ended_();
}

OperationNews ApiActing::NewsOf(TicketId id, std::optional<std::uint64_t> after) {
  OperationNews news;
  std::optional<Asked> asked;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = requests_.find(id); found != requests_.end()) asked = found->second;
  }
  if (!asked) return news;
  news.stats = asked->stats;
  if (!after) return news;
  for (auto& line : parts_.progress.After(std::max(*after, asked->begin))) {
    if (BelongsTo(line.progress, asked->app, asked->scope)) {
      news.progress.push_back(std::move(line));
    }
  }
  return news;
}

bool ApiActing::ShowsOperation(std::int64_t id, const ApiCaller& caller) {
  const auto ticket_id = static_cast<TicketId>(id);
  if (!parts_.daemon.Find(ticket_id)) return false;
  if (caller.SeesAll()) return true;
  const std::lock_guard lock(mutex_);
  const auto found = requests_.find(ticket_id);
  return found != requests_.end() && !found->second.app.name.empty() &&
         caller.Sees(found->second.app);
}

bool ApiActing::HasNews(std::int64_t id, std::optional<std::uint64_t> after) {
  const auto ticket_id = static_cast<TicketId>(id);
  const auto ticket = parts_.daemon.Find(ticket_id);
  return !ticket || ticket->IsOver() || (after && !NewsOf(ticket_id, after).progress.empty());
}

HttpResponse ApiActing::ShowOperation(const HttpHead& head, std::int64_t id,
                                      std::optional<std::uint64_t> after) {
  const auto ticket_id = static_cast<TicketId>(id);
  const auto ticket = parts_.daemon.Find(ticket_id);
  if (!ticket) return ApiProblem(NotFoundProblem(), head.request_id);  // Forgotten meanwhile.
  HttpResponse response = ApiAnswer(200, OperationBody(*ticket, NewsOf(ticket_id, after)));
  if (!ticket->IsOver()) response.headers.Add("Retry-After", "1");
  return response;
}

}  // namespace gitops
