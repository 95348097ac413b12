#include "engine/server/webhook_route.h"

#include <utility>

#include "engine/base/digest.h"
#include "engine/server/front_problems.h"
#include "engine/server/health_route.h"
#include "sources/webhook_match.h"
#include "sources/webhook_parse.h"

namespace gitops {
namespace {

/// Longer bodies take more than a thread of the front should spend on one request.
constexpr std::size_t kSlowBody = 256 * 1024;

WebhookHeaders HeadersOf(const HttpRequest& request) {
  return [&headers = request.head.headers](std::string_view name) { return headers.Find(name); };
}

/// Failures count for one source and one client: a stranger cannot lock a provider out.
std::string LimiterKey(const std::string& source, const HttpHead& head) {
  return "hook " + source + " " + ClientKey(head.client_address);
}

HttpResponse NotFound(const HttpHead& head) {
  return ProblemResponse(FrontProblem(404, kNotFound), head.request_id);
}

HttpResponse JsonResponse(int status, const Delivery& delivery, const DeliveryReceipt& receipt) {
  HttpResponse response;
  response.status = status;
  response.headers.Add("Content-Type", "application/json");
  response.body = R"({"apiVersion":"tfgrid-compose/v1","delivery":)" + std::to_string(receipt.id) +
                  R"(,"outcome":")" +
                  (receipt.repeated ? "repeated" : std::string(ToString(delivery.outcome))) +
                  "\"}\n";
  return response;
}

Delivery NewDeliveryOf(const HttpRequest& request, const WebhookTarget& target, WallTime now) {
  const WebhookHeaders headers = HeadersOf(request);
  Delivery delivery;
  delivery.source = target.source.name;
  delivery.provider = ToString(target.provider);
  delivery.delivery_id = DeliveryId(target.provider, headers);
  delivery.body_sha256 = Sha256Hex(request.body);
  delivery.request_id = request.head.request_id;
  delivery.received = now;
  return delivery;
}

}  // namespace

WebhookRoute::WebhookRoute(WebhookParts parts, CommitterLimits limits)
    : parts_(std::move(parts)),
      targets_(std::make_shared<const WebhookTargets>()),
      committer_(parts_.store, limits) {}

void WebhookRoute::SetTargets(WebhookTargets targets) {
  for (const Diagnostic& problem : targets.problems) {
    parts_.log.Warning(problem.ToString(), {{"source", problem.subject}});
  }
  auto shared = std::make_shared<const WebhookTargets>(std::move(targets));
  const std::lock_guard lock(mutex_);
  targets_ = std::move(shared);
}

WebhookRoute::Target WebhookRoute::Find(const HttpHead& head) const {
  if (head.segments.size() != 3) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto found = targets_->by_path.find(head.segments[1] + "/" + head.segments[2]);
  return found == targets_->by_path.end() ? nullptr : found->second;
}

HttpAdmission WebhookRoute::Admit(const HttpHead& head) {
  const Target target = Find(head);
  if (!target) return {NotFound(head), 0};
  if (head.method != "POST") return {MethodNotAllowed("POST", head.request_id), 0};
  const auto wait = parts_.failures.RefusedFor(LimiterKey(target->source.name, head),
                                               parts_.clock.MonotonicNow());
  if (wait) {
    Count(*target, "limited");
    return {TooManyFailures(*wait, head.request_id), 0};
  }
  return {std::nullopt, kBodyLimit};
}

void WebhookRoute::Answer(HttpRequest request, std::shared_ptr<HttpReply> reply) {
  const Target target = Find(request.head);
  if (!target) {
    reply->Send(NotFound(request.head));  // The configuration changed meanwhile.
    return;
  }
  auto exchange =
      std::make_shared<Exchange>(Exchange{std::move(request), std::move(reply), target});
  if (exchange->request.body.size() <= kSlowBody) return Process(*exchange);
  if (!committer_.SubmitSlow([this, exchange] { Process(*exchange); })) {
    AnswerBusy(*exchange, "too many large webhooks wait");
  }
}

void WebhookRoute::Process(const Exchange& exchange) {
  const HttpRequest& request = exchange.request;
  const WebhookTarget& target = *exchange.target;
  const WebhookHeaders headers = HeadersOf(request);
  const WallTime now = parts_.clock.Now();
  const WebhookAuthenticity authenticity =
      Authenticate(target.provider, target.keys, headers, request.body, now);
  if (authenticity == WebhookAuthenticity::kUnsignedTest) {
    Count(target, "test");
    exchange.reply->Send(HttpResponse{});
    return;
  }
  if (authenticity != WebhookAuthenticity::kAuthentic) return Refuse(exchange, authenticity);
  parts_.failures.Succeeded(LimiterKey(target.source.name, request.head));

  Delivery delivery = NewDeliveryOf(request, target, now);
  const auto event = ParseWebhook(target.provider, headers, request.body);
  if (!event && event.error().kind != ErrorKind::kInvalid) {
    return AnswerBusy(exchange, event.error().primary().summary);
  }
  if (!event) {
    const Diagnostic& why = event.error().primary();
    delivery.kind = "malformed";
    delivery.summary = why.summary + (why.detail.empty() ? "" : ": ") + why.detail;
    delivery.outcome = DeliveryOutcome::kRefused;
    const Problem problem{422, "malformed webhook", delivery.summary, "",
                          "check that the provider of this source is " + delivery.provider};
    return Submit(exchange, std::move(delivery), problem, Severity::kWarning);
  }
  const WebhookMatch match = MatchWebhook(*event, target.provider, target.source);
  delivery.kind = ToString(event->kind);
  delivery.summary = Summarize(*event) + (match.why.empty() ? "" : " (" + match.why + ")");
  delivery.outcome = match.concerns ? DeliveryOutcome::kAccepted : DeliveryOutcome::kIgnored;
  const bool moved = event->kind == WebhookKind::kRepositoryMoved;
  Submit(exchange, std::move(delivery), std::nullopt, moved ? Severity::kWarning : Severity::kNote);
}

void WebhookRoute::Refuse(const Exchange& exchange, WebhookAuthenticity why) {
  const WebhookTarget& target = *exchange.target;
  const HttpHead& head = exchange.request.head;
  const MonotonicTime now = parts_.clock.MonotonicNow();
  const bool stale = why == WebhookAuthenticity::kStale;
  parts_.failures.Failed(LimiterKey(target.source.name, head), now);
  Count(target, stale ? "stale" : "unauthenticated");
  // A flood of them must not fill a disk.
  if (const auto held_back = warnings_.Take(target.source.name, now)) {
    parts_.log.Warning(stale ? "webhook is too old or from the future: check both clocks"
                             : "webhook not authenticated: no secret of the source fits",
                       {{"source", target.source.name},
                        {"provider", ToString(target.provider)},
                        {"client", head.client_address},
                        {"request", head.request_id},
                        {"more", std::to_string(*held_back)}});
  }
  HttpResponse response =
      ProblemResponse(Problem{401, "not authenticated", "", "", ""}, head.request_id);
  response.headers.Add("WWW-Authenticate", "Webhook");
  exchange.reply->Send(std::move(response));
}

std::optional<Event> WebhookRoute::EventOf(const Delivery& delivery, Severity severity) {
  const auto held_back = events_.Take(delivery.source, parts_.clock.MonotonicNow());
  if (!held_back) return std::nullopt;
  Event event;
  event.severity = severity;
  event.type = "webhook." + std::string(ToString(delivery.outcome));
  event.source = delivery.source;
  event.message = delivery.provider + " " + delivery.kind + ": " + delivery.summary;
  if (*held_back > 0) {
    event.message += "; before it " + std::to_string(*held_back) + " more deliveries";
  }
  return event;
}

void WebhookRoute::Submit(const Exchange& exchange, Delivery delivery,
                          std::optional<Problem> problem, Severity severity) {
  auto event = EventOf(delivery, severity);
  NewDelivery fresh{.delivery = delivery, .event = std::move(event)};
  // The body is not needed any more, and many may wait.
  Exchange waiting{{exchange.request.head, ""}, exchange.reply, exchange.target};
  const bool taken = committer_.Submit(
      std::move(fresh), [this, waiting = std::move(waiting), delivery = std::move(delivery),
                         problem = std::move(problem)](const Result<DeliveryReceipt>& receipt) {
        Finish(waiting, delivery, problem, receipt);
      });
  if (!taken) AnswerBusy(exchange, "too many webhooks wait to be recorded");
}

void WebhookRoute::Finish(const Exchange& exchange, const Delivery& delivery,
                          const std::optional<Problem>& problem,
                          const Result<DeliveryReceipt>& receipt) {
  if (!receipt) {
    parts_.log.Error("webhook not recorded: " + receipt.error().ToString(),
                     {{"source", delivery.source}, {"request", exchange.request.head.request_id}});
    return AnswerBusy(exchange, "the delivery could not be recorded");
  }
  if (problem) {
    Count(*exchange.target, "refused");
    exchange.reply->Send(ProblemResponse(*problem, exchange.request.head.request_id));
    return;
  }
  if (receipt->repeated) {
    Count(*exchange.target, "repeated");
    exchange.reply->Send(JsonResponse(200, delivery, *receipt));
    return;
  }
  const bool accepted = delivery.outcome == DeliveryOutcome::kAccepted;
  Count(*exchange.target, ToString(delivery.outcome));
  if (accepted) {
    parts_.observer.OnSourceAsked(delivery.source, delivery.received);
    parts_.wake(delivery.source);
  }
  exchange.reply->Send(JsonResponse(accepted ? 202 : 200, delivery, *receipt));
}

void WebhookRoute::AnswerBusy(const Exchange& exchange, const std::string& detail) {
  Count(*exchange.target, "unavailable");
  exchange.reply->Send(BusyResponse(detail, exchange.request.head.request_id));
}

void WebhookRoute::Count(const WebhookTarget& target, std::string_view verdict) {
  parts_.observer.OnWebhook(ToString(target.provider), verdict);
}

}  // namespace gitops
