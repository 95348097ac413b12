#include "engine/cli/daemon_reporting.h"

#include <atomic>
#include <utility>

#include "engine/server/metrics_route.h"
#include "engine/server/process_metrics.h"

namespace gitops {

class DaemonReporting::Waker : public EngineObserver {
 public:
  void Begin(NotifyWorker* worker) { worker_ = worker; }

  void OnEvents() override { Wake(); }
  void OnRunBegun(const ObservedRun& /*run*/) override { Wake(); }
  void Wake() {
    if (NotifyWorker* worker = worker_) worker->Wake();
  }

 private:
  std::atomic<NotifyWorker*> worker_ = nullptr;
};

DaemonReporting::DaemonReporting(const ReportingParts& parts)
    : parts_(parts),
      metrics_(registry_, parts_.counters, parts_.version),
      traces_(parts_.instance),
      waker_(std::make_unique<Waker>()),
      store_(parts_.store, observers_, parts_.clock),
      sender_(secrets_, curl_, curl_, parts_.clock) {
  AddProcessMetrics(registry_);
  observers_.Add(metrics_);
  observers_.Add(traces_);
  observers_.Add(*waker_);
}

DaemonReporting::~DaemonReporting() { Stop(); }

void DaemonReporting::Stop() {
  waker_->Begin(nullptr);
  trace_exporter_.reset();
  notify_worker_.reset();
}

std::shared_ptr<HttpRoute> DaemonReporting::MakeMetricsRoute() const {
  return std::make_shared<MetricsRoute>(registry_);
}

Status DaemonReporting::Start(std::function<std::shared_ptr<const Config>()> config) {
  RETURN_IF_ERROR(curl_.Ready());
  RETURN_IF_ERROR(ObserveStored(parts_.store, metrics_));
  ASSIGN_OR_RETURN(const auto looks, parts_.drift.ListLooks(false));
  for (const AppDrift& look : looks) metrics_.OnDrift(look.app, look.verdict, /*counted=*/false);
  metrics_.OnConfigReload(true, parts_.clock.Now());
  notifier_.emplace(NotifierParts{config, parts_.store, parts_.outbox, sender_, parts_.clock,
                                  parts_.random,
                                  [this](std::string_view what, std::string_view outcome) {
                                    metrics_.OnNotification(what, outcome);
                                  }});
  notify_worker_ = std::make_unique<NotifyWorker>(*notifier_, parts_.log);
  waker_->Begin(notify_worker_.get());
  trace_exporter_ = std::make_unique<TraceExporter>(TraceExporterParts{
      std::move(config), traces_, secrets_, curl_, parts_.log, parts_.version, parts_.instance,
      [&deliveries = parts_.deliveries](RunId run) {
        const auto cause = deliveries.FindCause(run);
        return cause ? *cause : std::optional<Delivery>();  // A trace is worth no failure.
      }});
  return {};
}

void DaemonReporting::OnNotice(const DaemonNotice& notice) {
  const bool failed = notice.type == "daemon.reload_failed";
  if (!failed && notice.type != "daemon.reloaded") return;
  metrics_.OnConfigReload(!failed, parts_.clock.Now());
  waker_->Wake();
}

void DaemonReporting::OnDrift(const AppDrift& drift) {
  metrics_.OnDrift(drift.app, drift.verdict, /*counted=*/true);
  waker_->Wake();
}

}  // namespace gitops
