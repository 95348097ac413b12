#include "engine/reconcile/trace_exporter.h"

#include <iterator>
#include <utility>
#include <variant>

#include "engine/reconcile/trace_payload.h"

namespace gitops {
namespace {

constexpr std::size_t kBatch = 500;
constexpr std::chrono::milliseconds kPause{5'000};
constexpr std::chrono::milliseconds kTimeout{5'000};

/// Lets traces of runs begin with the delivery that each came of.
void AddDeliveries(const TraceExporterParts& parts, std::vector<Span>& spans) {
  std::vector<Span> deliveries;
  for (Span& span : spans) {
    if (span.run == 0) continue;
    const std::optional<Delivery> delivery = parts.cause(span.run);
    if (delivery) deliveries.push_back(parts.collector.BeginWith(*delivery, span));
  }
  spans.insert(spans.end(), std::make_move_iterator(deliveries.begin()),
               std::make_move_iterator(deliveries.end()));
}

}  // namespace

Status ExportTraces(const TraceExporterParts& parts, std::stop_token stop) {
  std::vector<Span> spans = parts.collector.Take(kBatch);
  const std::shared_ptr<const Config> config = parts.config();
  if (spans.empty() || config->otlp.endpoint.empty()) return {};
  AddDeliveries(parts, spans);
  WebRequest request;
  std::string url = config->otlp.endpoint;
  while (!url.empty() && url.back() == '/') url.pop_back();
  request.url = Secret(url + "/v1/traces");
  request.timeout = kTimeout;
  request.headers.emplace_back("Content-Type", Secret("application/json"));
  for (const auto& [name, value] : config->otlp.headers) {
    if (const auto* ref = std::get_if<SecretRef>(&value)) {
      ASSIGN_OR_RETURN(Secret secret, parts.secrets.Read(*ref));
      request.headers.emplace_back(name, std::move(secret));
    } else {
      request.headers.emplace_back(name, Secret(std::get<std::string>(value)));
    }
  }
  request.body = OtlpTraces(spans, parts.version, parts.instance);
  ASSIGN_OR_RETURN(const WebResponse response, parts.web.Send(request, std::move(stop)));
  if (response.status >= 200 && response.status < 300) return {};
  return MakeError(ErrorKind::kInvalid, "traces were refused",
                   "the collector answered " + std::to_string(response.status));
}

TraceExporter::TraceExporter(TraceExporterParts parts)
    : parts_(std::move(parts)),
      worker_([this](const std::stop_token& stop) { return Round(stop); }) {}

std::chrono::milliseconds TraceExporter::Round(const std::stop_token& stop) {
  const Status status = ExportTraces(parts_, stop);
  if (!status && !failing_ && !stop.stop_requested()) {
    parts_.log.Warning("traces are dropped", {{"error", status.error().ToString()}});
  }
  failing_ = !status;
  return kPause;
}

}  // namespace gitops
