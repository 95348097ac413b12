#include "engine/server/api_route.h"

#include <charconv>
#include <span>
#include <utility>

#include "engine/server/api_document.h"
#include "engine/server/api_problem.h"
#include "engine/server/api_query.h"
#include "engine/server/health_route.h"
#include "engine/server/openapi_text.h"

namespace gitops {
namespace {

constexpr int kThreads = 3;
constexpr std::size_t kLongestQueue = 1024;
/// Below what the front waits for a route.
constexpr std::int64_t kLongestWaitSeconds = 60;
constexpr std::int64_t kMostProgressLines = std::int64_t{1} << 53;
/// Refusals of requests whose sender is unknown fill the audit no faster than this.
constexpr int kNobodyEachMinute = 60;

/// The segments behind /api/v1; empty when the path is another one.
std::span<const std::string> PathOf(const HttpHead& head) {
  if (head.segments.size() < 3 || head.segments[0] != "api" || head.segments[1] != "v1") return {};
  return std::span(head.segments).subspan(2);
}

ApiMatch MatchOf(const HttpHead& head) { return MatchEndpoint(head.method, PathOf(head)); }

/// "application/json", with or without parameters.
bool IsJson(std::string_view type) {
  const std::string_view essence = type.substr(0, type.find(';'));
  const std::size_t end = essence.find_last_not_of(" \t");
  return end != std::string_view::npos && essence.substr(0, end + 1) == "application/json";
}

/// What is wrong with the body's form; nullopt when nothing is.
std::optional<Problem> CheckForm(const HttpHead& head) {
  if (!head.has_body) return std::nullopt;
  const bool json = head.headers.Count("Content-Type") == 1 &&
                    IsJson(head.headers.Find("Content-Type").value_or(""));
  if (json && head.headers.Count("Content-Encoding") == 0) return std::nullopt;
  return Problem{415, "unsupported content", "a body is JSON without a content encoding",
                 "Content-Type", "send Content-Type: application/json"};
}

/// The offset or number that a stream goes on behind; 0 when there is none.
std::int64_t LastEventId(const HttpHead& head) {
  const auto text = head.headers.Find("Last-Event-ID");
  std::int64_t id = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), id);
  return id < 0 ? 0 : id;
}

bool MayUse(const ApiCaller& caller, const ApiEndpoint& endpoint) {
  return caller.HasRole(endpoint.role) && (!endpoint.whole || caller.SeesAll()) &&
         (!endpoint.local || caller.IsLoopback());
}

}  // namespace

ApiRoute::ApiRoute(ApiParts parts)
    : parts_(std::move(parts)),
      access_(parts_.tokens, parts_.failures, parts_.hosts, parts_.clock),
      reading_(parts_),
      workers_(std::make_shared<ApiWorkers>(kThreads, kLongestQueue)),
      operations_(std::make_shared<ApiOperations>(parts_, workers_)),
      acting_(parts_, *operations_),
      waiting_(std::make_shared<ApiWaiting>(parts_.clock)),
      streams_(parts_, access_) {
  operations_->SetEnded([weak = std::weak_ptr(waiting_)] {
    if (const auto waiting = weak.lock()) waiting->Poke();
  });
}

ApiRoute::~ApiRoute() {
  streams_.Stop();
  waiting_->Stop();
  workers_->Stop();
}

bool ApiRoute::MayNoteNobody() {
  const std::lock_guard lock(mutex_);
  const MonotonicTime now = parts_.clock.MonotonicNow();
  if (now - minute_ >= std::chrono::minutes(1)) {
    minute_ = now;
    noted_ = 0;
  }
  return noted_++ < kNobodyEachMinute;
}

HttpAdmission ApiRoute::Refused(const HttpHead& head, const ApiMatch& match, HttpResponse response,
                                const std::string& who) {
  const bool write = match.endpoint != nullptr && !match.endpoint->audit.empty();
  if (write && (!who.empty() || MayNoteNobody())) {
    workers_->Post([this, head, match, who, status = response.status] {
      acting_.NoteRefusal(head, match, who, status);
    });
  }
  return {std::move(response), 0};
}

HttpAdmission ApiRoute::Admit(const HttpHead& head) {
  const ApiMatch match = MatchOf(head);
  if (auto refusal = access_.Refuse(head)) return Refused(head, match, *std::move(refusal), "");
  // The description is the same for everybody.
  if (match.endpoint != nullptr && match.endpoint->target == ApiTarget::kOpenApi) return {};
  auto known = access_.Authenticate(head, true);
  if (auto* refusal = std::get_if<HttpResponse>(&known)) {
    return Refused(head, match, std::move(*refusal), "");
  }
  const ApiCaller& caller = std::get<ApiCaller>(known);
  if (match.endpoint == nullptr) {
    return {match.allow.empty() ? ApiProblem(NotFoundProblem(), head.request_id)
                                : MethodNotAllowed(match.allow, head.request_id),
            0};
  }
  if (!MayUse(caller, *match.endpoint)) {
    return Refused(head, match, ApiProblem(NotAllowed(), head.request_id), caller.name());
  }
  if (const auto problem = CheckForm(head)) {
    return Refused(head, match, ApiProblem(*problem, head.request_id), caller.name());
  }
  return {std::nullopt, match.endpoint->method == "POST" ? kLargestBody : 0};
}

void ApiRoute::Answer(HttpRequest request, std::shared_ptr<HttpReply> reply) {
  const std::string request_id = request.head.request_id;
  const auto work = [this, request = std::move(request), reply] { Work(request, reply); };
  if (workers_->Post(work)) return;
  reply->Send(ApiProblem(
      {503, std::string(kTooBusy), "too many requests wait", "", "ask again in a moment"},
      request_id));
}

void ApiRoute::Work(const HttpRequest& request, const std::shared_ptr<HttpReply>& answer) {
  HttpReply& reply = *answer;
  const HttpHead& head = request.head;
  const ApiMatch match = MatchOf(head);
  CHECK(match.endpoint != nullptr);
  if (match.endpoint->target == ApiTarget::kOpenApi) {
    return reply.Send(ApiAnswer(200, std::string(OpenApiText())));
  }
  // Once more: the body may have taken a while, and the token may be gone.
  auto known = access_.Authenticate(head, false);
  if (auto* refusal = std::get_if<HttpResponse>(&known)) return reply.Send(std::move(*refusal));
  const ApiCaller& caller = std::get<ApiCaller>(known);
  if (const Status used = parts_.tokens.MarkUsed(caller.token()); !used) {
    parts_.log.Debug("the use of a token was not noted", {{"error", used.error().ToString()}});
  }
  if (const auto problem = ApiQuery(head, match.endpoint->parameters).problem()) {
    if (!match.endpoint->audit.empty()) {
      acting_.NoteRefusal(head, match, caller.name(), problem->status);
    }
    return reply.Send(ApiProblem(*problem, head.request_id));
  }
  const bool streams = match.endpoint->target == ApiTarget::kStream ||
                       (match.endpoint->target == ApiTarget::kRunLog && head.Query("follow"));
  if (streams) return Stream(request, match, caller, reply);
  if (!match.endpoint->audit.empty()) return reply.Send(acting_.Act(request, match, caller));
  if (match.endpoint->target == ApiTarget::kOperation) {
    return ShowOperation(head, match.number, caller, answer);
  }
  reply.Send(reading_.Answer(head, match, caller));
}

void ApiRoute::ShowOperation(const HttpHead& head, std::int64_t id, const ApiCaller& caller,
                             const std::shared_ptr<HttpReply>& reply) {
  const ApiMatch match = MatchOf(head);
  ApiQuery query(head, match.endpoint->parameters);
  const std::chrono::seconds patience(query.Number("wait", 0, kLongestWaitSeconds, 0));
  std::optional<std::uint64_t> after;
  if (query.Has("after")) {
    after = static_cast<std::uint64_t>(query.Number("after", 0, kMostProgressLines, 0));
  }
  if (query.problem()) return reply->Send(ApiProblem(*query.problem(), head.request_id));
  if (!operations_->Shows(id, caller)) {
    return reply->Send(ApiProblem(NotFoundProblem(), head.request_id));
  }
  if (patience == std::chrono::seconds(0) || operations_->HasNews(id, after)) {
    return reply->Send(operations_->Show(head, id, after));
  }
  const auto show = [operations = operations_, reply, head, id, after] {
    reply->Send(operations->Show(head, id, after));
  };
  waiting_->Add({parts_.clock.MonotonicNow() + patience,
                 [operations = operations_, id, after] { return operations->HasNews(id, after); },
                 // A large report takes time to write; when too much waits, it is dropped: 500.
                 [workers = workers_, show] { workers->Post(show); }});
}

void ApiRoute::Stream(const HttpRequest& request, const ApiMatch& match, const ApiCaller& caller,
                      HttpReply& reply) {
  const HttpHead& head = request.head;
  ApiQuery query(head, match.endpoint->parameters);
  if (match.endpoint->target == ApiTarget::kRunLog) {
    const bool follow = query.Boolean("follow");
    if (query.problem()) return reply.Send(ApiProblem(*query.problem(), head.request_id));
    if (!follow) return reply.Send(reading_.Answer(head, match, caller));
    const auto run = parts_.store.LoadRun(match.number);
    if (!run) return reply.Send(ApiProblem(ProblemOf(run.error()), head.request_id));
    if (!*run || !caller.Sees((*run)->plan.app)) {
      return reply.Send(ApiProblem(NotFoundProblem(), head.request_id));
    }
    return streams_.FollowLog(**run, LastEventId(head), caller, head, reply);
  }
  EventFilter filter;
  filter.app = query.App();
  filter.source = query.Name("source");
  filter.after_id = LastEventId(head);
  if (query.problem()) return reply.Send(ApiProblem(*query.problem(), head.request_id));
  if (filter.app && !caller.Sees(*filter.app)) {
    return reply.Send(ApiProblem(NotFoundProblem(), head.request_id));
  }
  streams_.FollowEvents(filter, caller, head, reply);
}

}  // namespace gitops
