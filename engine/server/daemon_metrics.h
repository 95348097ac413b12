// DaemonMetrics: what a daemon tells Prometheus about its work. Listens to the engine as an
// observer and keeps the families of a MetricRegistry; docs/operations/metrics.md lists them.
// Labels are bounded: names of sources, environments and apps come from the configuration and go
// with it, everything else is a fixed word. Thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/work_counters.h"
#include "engine/model/drift.h"
#include "engine/model/engine_observer.h"
#include "engine/server/metric_registry.h"
#include "engine/server/push_times.h"

namespace gitops {

/// One of the daemon's queues at one moment.
struct QueueReading {
  std::string queue;  ///< A fixed word: "source", "app", "notification".
  std::size_t waiting = 0;
  std::size_t running = 0;
  std::chrono::milliseconds oldest{0};  ///< How long the longest-waiting one has waited.
};

class DaemonMetrics : public EngineObserver {
 public:
  /// Adds its families to `registry`; both arguments outlive it. The registry calls back into it
  /// while it reads.
  DaemonMetrics(MetricRegistry& registry, const WorkCounters& counters, std::string_view version);

  /// `read` is asked at each reading of the registry; it must not block.
  void SetQueues(std::function<std::vector<QueueReading>()> read);

  void OnSourceKnown(const SourceRecord& source) override;
  void OnSourceLook(const SourceRecord& source, WallTime now) override;
  void OnSourceForgotten(const std::string& name) override;
  void OnSourceAsked(const std::string& source, WallTime now) override;
  void OnAppSaved(const AppRecord& app) override;
  void OnAppForgotten(const AppId& app) override;
  void OnRunBegun(const ObservedRun& run) override;
  void OnRunStopped(RunId run) override;
  void OnActionFinished(const ObservedAction& action) override;
  void OnRunFinished(const ObservedRun& run) override;
  void OnStoreCall(std::string_view call, std::chrono::microseconds took, bool failed) override;
  void OnWebhook(std::string_view provider, std::string_view verdict) override;
  void OnConfigReload(bool succeeded, WallTime now) override;
  /// An attempt to tell somebody outside: "notification" or "commit-status", and "delivered",
  /// "postponed" or "given-up".
  void OnNotification(std::string_view what, std::string_view outcome);
  /// The daemon looked at what is there of an app; `counted` when it was just now, and not found in
  /// the store at the start.
  void OnDrift(const AppId& app, DriftVerdict verdict, bool counted);

 private:
  /// The labels an app is counted and shown with.
  struct AppState {
    std::string source, sync, health, presence;
    bool suspended = false;

    bool operator==(const AppState&) const = default;
  };

  void AddWork(MetricRegistry& registry, const WorkCounters& counters);
  void CountDrift(const AppId& app, bool drifted);
  void CountApp(const AppId& app, const AppState& state, double by);
  std::vector<std::string> InfoLabels(const AppId& app, const AppState& state) const;

  MetricRegistry& registry_;
  GaugeFamily& apps_;
  GaugeFamily& apps_suspended_;
  GaugeFamily& app_info_;
  GaugeFamily& app_applied_;
  CounterFamily& runs_;
  HistogramFamily& run_duration_;
  GaugeFamily& runs_active_;
  HistogramFamily& step_duration_;
  HistogramFamily& lag_;
  GaugeFamily& source_up_;
  GaugeFamily& source_success_;
  CounterFamily& source_looks_;
  CounterFamily& source_errors_;
  GaugeFamily& queue_waiting_;
  GaugeFamily& queue_running_;
  GaugeFamily& queue_oldest_;
  CounterFamily& webhooks_;
  HistogramFamily& store_duration_;
  CounterFamily& store_errors_;
  CounterFamily& notifications_;
  GaugeFamily& apps_drifted_;
  CounterFamily& drift_checks_;
  GaugeFamily& reload_successful_;
  GaugeFamily& reload_success_time_;

  std::mutex mutex_;  ///< Guards the members below.
  std::map<AppId, AppState> states_;
  std::set<RunId> active_;
  std::set<AppId> drifted_;
  PushTimes pushes_;
};

}  // namespace gitops
