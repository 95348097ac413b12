// TraceExporter: sends what a TraceCollector holds to an OTLP/HTTP collector, a batch every few
// seconds, on a thread of its own. A batch that cannot be delivered is dropped: traces are worth no
// memory and no wait. Made by the composition of the daemon.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/log.h"
#include "engine/model/config.h"
#include "engine/os/web_client.h"
#include "engine/reconcile/secret_reader.h"
#include "engine/reconcile/trace_collector.h"
#include "engine/reconcile/wake_worker.h"

namespace gitops {

/// All of it outlives the exporter.
struct TraceExporterParts {
  std::function<std::shared_ptr<const Config>()> config;  ///< The one in force.
  TraceCollector& collector;
  SecretReader& secrets;
  WebClient& web;
  Log& log;
  std::string version;
  std::string instance;
  /// The delivery that a run came of; none: of something else. May read the store.
  std::function<std::optional<Delivery>(RunId)> cause;
};

/// Sends one batch. Nothing to send, or nobody to send it to, is success; without a collector the
/// spans go. Errors: what the web says, kInvalid for an answer that is no success.
Status ExportTraces(const TraceExporterParts& parts, std::stop_token stop);

class TraceExporter {
 public:
  explicit TraceExporter(TraceExporterParts parts);

 private:
  std::chrono::milliseconds Round(const std::stop_token& stop);

  const TraceExporterParts parts_;
  bool failing_ = false;  ///< Said once.
  WakeWorker worker_;     ///< Last: it uses everything above.
};

}  // namespace gitops
