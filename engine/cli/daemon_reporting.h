// DaemonReporting: everything by which a daemon tells what it does: metrics, notifications, commit
// statuses, traces. Wraps the store, so that it hears of what became durable; owns the threads
// that send. Made before the daemon, which works on the wrapped store, and let go after it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/random.h"
#include "engine/base/work_counters.h"
#include "engine/model/config.h"
#include "engine/os/curl_client.h"
#include "engine/reconcile/daemon_observer.h"
#include "engine/reconcile/notify_worker.h"
#include "engine/reconcile/observed_store.h"
#include "engine/reconcile/secret_reader.h"
#include "engine/reconcile/trace_exporter.h"
#include "engine/server/daemon_metrics.h"
#include "engine/server/http_route.h"
#include "engine/server/metric_registry.h"
#include "engine/store/delivery_store.h"
#include "engine/store/drift_store.h"

namespace gitops {

/// All of it outlives the reporting.
struct ReportingParts {
  Store& store;
  OutboxStore& outbox;
  DeliveryStore& deliveries;
  DriftStore& drift;
  const Clock& clock;
  Random& random;
  Log& log;
  const WorkCounters& counters;
  std::string version;
  std::string instance;  ///< What tells this machine from others in traces.
};

class DaemonReporting : public DaemonObserver {
 public:
  explicit DaemonReporting(const ReportingParts& parts);
  ~DaemonReporting() override;

  /// What the daemon works on.
  Store& store() { return store_; }
  /// For what else happens: webhooks.
  EngineObserver& observer() { return observers_; }
  DaemonMetrics& metrics() { return metrics_; }
  /// GET /metrics; needs this object.
  std::shared_ptr<HttpRoute> MakeMetricsRoute() const;

  /// Counts what the store holds already, and begins to send. `config` gives the configuration in
  /// force; called from other threads until this object goes. At most once. Errors: the store's.
  Status Start(std::function<std::shared_ptr<const Config>()> config);

  /// Ends the threads that send; what waits is sent after the next start. Nothing that the daemon
  /// does may be under way.
  void Stop();

  void OnNotice(const DaemonNotice& notice) override;
  /// A look at what is there of an app was kept.
  void OnDrift(const AppDrift& drift);

 private:
  const ReportingParts parts_;
  MetricRegistry registry_;
  DaemonMetrics metrics_;
  TraceCollector traces_;
  /// Wakes the worker once there is one.
  class Waker;
  std::unique_ptr<Waker> waker_;
  ObserverList observers_;
  ObservedStore store_;
  CurlClient curl_;
  SystemSecretReader secrets_;
  OutboxSender sender_;
  std::optional<Notifier> notifier_;
  // Last: their threads use everything above.
  std::unique_ptr<NotifyWorker> notify_worker_;
  std::unique_ptr<TraceExporter> trace_exporter_;
};

}  // namespace gitops
