#include "engine/server/api_operations.h"

#include <algorithm>
#include <utility>

#include "engine/model/codec.h"
#include "engine/server/api_problem.h"

namespace gitops {
namespace {

constexpr std::size_t kRemembered = 1000;
constexpr std::size_t kMostRunsNoted = 100;
/// A longer report is not kept with an operation that is over.
constexpr std::size_t kLargestKept = 64 * 1024;

std::string WhatOf(ApiTarget target) {
  switch (target) {
    case ApiTarget::kRollback:
      return "rollback";
    case ApiTarget::kDown:
      return "down";
    case ApiTarget::kUp:
      return "up";
    default:
      return "reconcile";
  }
}

Operation NewOperation(const ApiWish& wish, WallTime now) {
  Operation operation;
  operation.note = wish.note;
  operation.app = wish.app;
  operation.body = wish.body;
  operation.by = wish.by;
  operation.exact = wish.exact;
  operation.serial = wish.serial;
  operation.last_run = wish.last_run;
  operation.asked = now;
  return operation;
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

}  // namespace

// --- Accepting

Ticket ApiOperations::WaitingTicket(const Operation& operation) {
  const ApiEndpoint* endpoint = EndpointOfAction(operation.note.action);
  Ticket ticket;
  ticket.id = static_cast<TicketId>(operation.id);
  ticket.what = WhatOf(endpoint == nullptr ? ApiTarget::kReconcile : endpoint->target);
  ticket.by = operation.by;
  ticket.asked = operation.asked;
  return ticket;
}

HttpResponse ApiOperations::Ask(const HttpHead& head, const ApiWish& wish) {
  const std::lock_guard asking(asking_);
  const auto alike = Alike(wish);
  // Before the daemon hears of it: what was answered may be relied on, whatever happens then.
  const auto accepted =
      parts_.operations.Accept(alike ? *alike : NewOperation(wish, parts_.clock.Now()), wish.key,
                               [this](const Operation& made) { return DocumentOf(made); });
  if (!accepted) return ApiProblem(ProblemOf(accepted.error()), head.request_id);
  if (!alike) {
    if (const Status handed = HandOver(*accepted, wish); !handed) {
      EndAs(*accepted, TicketState::kFailed, handed.error());
      Problem problem = ProblemOf(handed.error());
      // Nothing stands against it but that too much is asked for, or that the daemon stops.
      if (problem.status == 409) problem.status = 503;
      return ApiProblem(problem, head.request_id);
    }
    if (alike_.size() >= kRemembered) alike_.clear();
    if (!wish.same.empty()) alike_[wish.same] = accepted->id;
  }
  HttpResponse response = ApiAnswer(202, DocumentOf(*accepted));
  response.headers.Add("Location", "/api/v1/operations/" + std::to_string(accepted->id));
  return response;
}

std::optional<Operation> ApiOperations::Alike(const ApiWish& wish) {
  const auto found = alike_.find(wish.same);
  if (wish.same.empty() || found == alike_.end()) return std::nullopt;
  const auto ticket = TicketOf(found->second);
  if (!ticket || ticket->IsOver()) return std::nullopt;
  // It may have looked at the source before this request came: another look follows.
  const bool looks =
      wish.target == ApiTarget::kReconcile || wish.target == ApiTarget::kReconcileApp;
  if (looks && !wish.reconcile.dry_run) {
    for (const SourceSpec& source : parts_.daemon.Configuration()->sources) {
      parts_.daemon.Wake(source.name);
    }
  }
  Operation alike = NewOperation(wish, ticket->asked);
  alike.id = found->second;
  return alike;
}

Result<TicketId> ApiOperations::AskDaemon(const ApiWish& wish) {
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

Status ApiOperations::HandOver(const Operation& operation, const ApiWish& wish) {
  Asked asked;
  asked.asked = operation.asked;
  asked.app = wish.app;
  asked.scope = wish.reconcile;
  asked.begin = parts_.progress.newest();
  asked.before = ValuesOf(parts_.counters);
  asked.target = wish.target;
  asked.request_id = operation.note.request_id;
  asked.dry_run = wish.reconcile.dry_run;
  Remember(operation.id, asked);  // Its run may begin before its ticket is known here.
  const auto ticket = AskDaemon(wish);
  {
    const std::lock_guard lock(mutex_);
    if (ticket) {
      asked_[operation.id].ticket = *ticket;
    } else {
      asked_.erase(operation.id);
    }
  }
  if (!ticket) return ticket.error();
  FollowUp(operation, *ticket);  // It may be over already.
  return {};
}

void ApiOperations::Remember(std::int64_t id, const Asked& asked) {
  const std::lock_guard lock(mutex_);
  for (auto oldest = asked_.begin(); asked_.size() >= kRemembered && oldest != asked_.end();) {
    oldest = oldest->second.stats ? asked_.erase(oldest) : std::next(oldest);
  }
  asked_[id] = asked;
}

bool ApiOperations::LeadsTo(const Asked& asked, const Run& run, const std::string& source) {
  if (asked.stats || asked.dry_run || asked.asked > run.started) return false;
  if (!asked.scope.source.empty() && asked.scope.source != source) return false;
  const Progress of_app{Progress::Kind::kAppStarted, run.plan.app.ToString(), "", "", false};
  if (!BelongsTo(of_app, asked.app, asked.scope)) return false;
  const bool back = run.plan.kind == PlanKind::kRollback && run.trigger == RunTrigger::kManual;
  switch (asked.target) {
    case ApiTarget::kRollback:
      return back;
    case ApiTarget::kDown:
      return run.plan.kind == PlanKind::kDelete;
    case ApiTarget::kUp:
      return run.plan.kind == PlanKind::kApply;
    default:
      return !back;
  }
}

std::string ApiOperations::RequestOf(RunId id) {
  const auto run = parts_.store.LoadRun(id);
  if (!run || !*run) return "";
  const auto app = parts_.store.LoadApp((*run)->plan.app);
  const std::string source = app && *app ? (*app)->source : std::string();
  const std::lock_guard lock(mutex_);
  for (auto newest = asked_.rbegin(); newest != asked_.rend(); ++newest) {
    if (LeadsTo(newest->second, **run, source)) return newest->second.request_id;
  }
  return "";
}

// --- The end

void ApiOperations::FollowUp(const Operation& operation, TicketId ticket) {
  // The daemon may say so at once, or after the API has gone; the notes need the disk.
  parts_.daemon.WhenOver(
      ticket, [weak = weak_from_this(), workers = workers_, note = operation.note,
               id = operation.id, asked = operation.asked](const Ticket& ended) {
        const auto self = weak.lock();
        if (!self) return;
        self->Ended(id);
        // The daemon stops: the operation stays as it is, and the next process takes it up.
        if (ended.state == TicketState::kCancelled && self->parts_.daemon.State().draining) return;
        Ticket over = ended;
        over.id = static_cast<TicketId>(id);
        over.asked = asked;
        workers->Post([weak, note, over] {
          if (const auto left = weak.lock()) left->NoteEnd(over, note);
        });
      });
}

void ApiOperations::Ended(std::int64_t id) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = asked_.find(id);
    if (found != asked_.end() && !found->second.stats) {
      CounterValues spent = ValuesOf(parts_.counters);
      for (std::size_t i = 0; i < spent.size(); ++i) spent[i] -= found->second.before[i];
      found->second.stats = spent;
    }
  }
  if (ended_) ended_();
}

void ApiOperations::NoteEnd(const Ticket& ticket, const AuditNote& note) {
  const bool done = ticket.state == TicketState::kDone;
  const std::string operation = "operation " + std::to_string(ticket.id);
  const auto append = [&](AuditNote full, std::string_view result, const std::string& detail) {
    full.result = result;
    full.detail = detail;
    static_cast<void>(parts_.audit.Append(full));
  };
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
      append(of_run, app.failed ? "failed" : "done",
             operation + ", run " + std::to_string(app.run));
      ++noted;
    }
  }
  if (noted == 0) {
    const std::string why = ticket.error ? ": " + ticket.error->primary().summary : std::string();
    append(note, done ? "done" : "failed", operation + why);
  }
  KeepEnd(ticket, NewsOf(static_cast<std::int64_t>(ticket.id), std::nullopt));
}

void ApiOperations::KeepEnd(const Ticket& ticket, const OperationNews& news) {
  std::string document = OperationBody(ticket, news);
  if (document.size() > kLargestKept) {
    Ticket brief = ticket;
    brief.report.reset();
    document = OperationBody(brief, news);
  }
  if (const Status kept = parts_.operations.End(static_cast<std::int64_t>(ticket.id), document);
      !kept) {
    parts_.log.Warning(
        "the end of a request could not be kept",
        {{"operation", std::to_string(ticket.id)}, {"error", kept.error().ToString()}});
  }
}

// --- Showing

std::optional<Ticket> ApiOperations::TicketOf(std::int64_t id) {
  Asked asked;
  {
    const std::lock_guard lock(mutex_);
    const auto found = asked_.find(id);
    if (found == asked_.end()) return std::nullopt;
    asked.ticket = found->second.ticket;
    asked.asked = found->second.asked;
  }
  auto ticket = parts_.daemon.Find(asked.ticket);
  if (!ticket) return std::nullopt;
  ticket->id = static_cast<TicketId>(id);
  ticket->asked = asked.asked;
  return ticket;
}

OperationNews ApiOperations::NewsOf(std::int64_t id, std::optional<std::uint64_t> after) {
  OperationNews news;
  std::optional<Asked> asked;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = asked_.find(id); found != asked_.end()) asked = found->second;
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

std::string ApiOperations::DocumentOf(const Operation& operation) {
  const auto ticket = TicketOf(operation.id);
  return OperationBody(ticket ? *ticket : WaitingTicket(operation),
                       NewsOf(operation.id, std::nullopt));
}

bool ApiOperations::Shows(std::int64_t id, const ApiCaller& caller) {
  std::optional<AppId> app;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = asked_.find(id); found != asked_.end()) app = found->second.app;
  }
  if (!app) {
    const auto kept = parts_.operations.Load(id);
    if (!kept || !*kept) return false;
    app = (*kept)->app;
  }
  return caller.SeesAll() || (!app->name.empty() && caller.Sees(*app));
}

bool ApiOperations::HasNews(std::int64_t id, std::optional<std::uint64_t> after) {
  const auto ticket = TicketOf(id);
  return !ticket || ticket->IsOver() || (after && !NewsOf(id, after).progress.empty());
}

HttpResponse ApiOperations::Show(const HttpHead& head, std::int64_t id,
                                 std::optional<std::uint64_t> after) {
  if (const auto ticket = TicketOf(id)) {
    HttpResponse response = ApiAnswer(200, OperationBody(*ticket, NewsOf(id, after)));
    if (!ticket->IsOver()) response.headers.Add("Retry-After", "1");
    return response;
  }
  const auto kept = parts_.operations.Load(id);
  if (!kept) return ApiProblem(ProblemOf(kept.error()), head.request_id);
  if (!*kept) return ApiProblem(NotFoundProblem(), head.request_id);  // Forgotten meanwhile.
  if ((*kept)->ended) return ApiAnswer(200, (*kept)->document);
  HttpResponse response = ApiAnswer(200, DocumentOf(**kept));
  response.headers.Add("Retry-After", "1");
  return response;
}

}  // namespace gitops
