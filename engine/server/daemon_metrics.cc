#include "engine/server/daemon_metrics.h"

#include <algorithm>
#include <utility>

namespace gitops {
namespace {

constexpr std::size_t kMostApps = 100'000;
constexpr std::size_t kMostSources = 10'000;
constexpr std::size_t kMostGroups = 10'000;

/// Of a local hook to a machine that is being made.
const std::vector<double>& WorkBounds() {
  static const std::vector<double> kBounds{0.01, 0.05, 0.1, 0.25, 0.5, 1,   2.5, 5,
                                           10,   30,   60,  120,  300, 900, 1800};
  return kBounds;
}

const std::vector<double>& StoreBounds() {
  static const std::vector<double> kBounds{0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                           0.01,    0.025,  0.05,    0.1,    0.25,  1,      5};
  return kBounds;
}

double Seconds(std::chrono::microseconds took) {
  return static_cast<double>(took.count()) / 1'000'000;
}

double Seconds(WallTime time) {
  return static_cast<double>(time.time_since_epoch().count()) / 1000;
}

}  // namespace

DaemonMetrics::DaemonMetrics(MetricRegistry& registry, const WorkCounters& counters,
                             std::string_view version)
    : registry_(registry),
      apps_(registry.Gauge({.name = "tfgrid_compose_apps",
                            .help = "Apps by sync status and health.",
                            .label_names = {"environment", "sync", "health"},
                            .most_series = kMostGroups})),
      apps_suspended_(registry.Gauge({.name = "tfgrid_compose_apps_suspended",
                                      .help = "Apps that a person suspended.",
                                      .label_names = {"environment"}})),
      app_info_(registry.Gauge(
          {.name = "tfgrid_compose_app_info",
           .help = "One series for each app with its state; the value is always 1.",
           .label_names = {"environment", "app", "source", "sync", "health", "presence"},
           .most_series = kMostApps})),
      app_applied_(registry.Gauge({.name = "tfgrid_compose_app_last_applied_timestamp_seconds",
                                   .unit = "seconds",
                                   .help = "When a run of the app last succeeded.",
                                   .label_names = {"environment", "app"},
                                   .most_series = kMostApps})),
      runs_(registry.Counter({.name = "tfgrid_compose_runs",
                              .help = "Runs that ended.",
                              .label_names = {"environment", "kind", "trigger", "outcome"},
                              .most_series = kMostGroups})),
      run_duration_(registry.Histogram({.name = "tfgrid_compose_run_duration_seconds",
                                        .unit = "seconds",
                                        .help = "From the begin of a run to its end.",
                                        .label_names = {"kind", "outcome"},
                                        .bounds = WorkBounds()})),
      runs_active_(registry.Gauge(
          {.name = "tfgrid_compose_runs_active", .help = "Runs that are under way."})),
      step_duration_(registry.Histogram({.name = "tfgrid_compose_step_duration_seconds",
                                         .unit = "seconds",
                                         .help = "One step of a run.",
                                         .label_names = {"phase", "outcome"},
                                         .bounds = WorkBounds()})),
      lag_(registry.Histogram({.name = "tfgrid_compose_reconcile_lag_seconds",
                               .unit = "seconds",
                               .help = "From hearing of a commit (webhook, else the poll that saw "
                                       "it) to an app running it.",
                               .label_names = {"environment"},
                               .bounds = WorkBounds()})),
      source_up_(registry.Gauge({.name = "tfgrid_compose_source_up",
                                 .help = "1 when the last look at the source succeeded, else 0.",
                                 .label_names = {"source"},
                                 .most_series = kMostSources})),
      source_success_(
          registry.Gauge({.name = "tfgrid_compose_source_last_success_timestamp_seconds",
                          .unit = "seconds",
                          .help = "When the source was last read.",
                          .label_names = {"source"},
                          .most_series = kMostSources})),
      source_looks_(registry.Counter({.name = "tfgrid_compose_source_looks",
                                      .help = "Looks at the source whose outcome was recorded.",
                                      .label_names = {"source"},
                                      .most_series = kMostSources})),
      source_errors_(registry.Counter({.name = "tfgrid_compose_source_errors",
                                       .help = "Looks at the source that failed.",
                                       .label_names = {"source", "kind"},
                                       .most_series = kMostSources})),
      queue_waiting_(registry.Gauge({.name = "tfgrid_compose_queue_waiting",
                                     .help = "Work that waits for a worker.",
                                     .label_names = {"queue"}})),
      queue_running_(registry.Gauge({.name = "tfgrid_compose_queue_running",
                                     .help = "Work that a worker is busy with.",
                                     .label_names = {"queue"}})),
      queue_oldest_(registry.Gauge({.name = "tfgrid_compose_queue_oldest_age_seconds",
                                    .unit = "seconds",
                                    .help = "How long the longest-waiting work has waited.",
                                    .label_names = {"queue"}})),
      webhooks_(registry.Counter({.name = "tfgrid_compose_webhook_deliveries",
                                  .help = "Webhook deliveries by what became of them.",
                                  .label_names = {"provider", "verdict"}})),
      store_duration_(registry.Histogram({.name = "tfgrid_compose_store_call_duration_seconds",
                                          .unit = "seconds",
                                          .help = "Calls of the state database.",
                                          .label_names = {"call"},
                                          .bounds = StoreBounds()})),
      store_errors_(registry.Counter({.name = "tfgrid_compose_store_call_errors",
                                      .help = "Calls of the state database that failed.",
                                      .label_names = {"call"}})),
      notifications_(
          registry.Counter({.name = "tfgrid_compose_notifications",
                            .help = "Attempts to tell somebody outside, by what became of them.",
                            .label_names = {"kind", "outcome"}})),
      apps_drifted_(registry.Gauge(
          {.name = "tfgrid_compose_apps_drifted",
           .help = "Apps of which something else is there than was applied, when last looked at.",
           .label_names = {"environment"},
           .most_series = kMostGroups})),
      drift_checks_(
          registry.Counter({.name = "tfgrid_compose_drift_checks",
                            .help = "Looks at what is there of an app, by what was found.",
                            .label_names = {"verdict"}})),
      reload_successful_(
          registry.Gauge({.name = "tfgrid_compose_config_last_reload_successful",
                          .help = "1 when the configuration in force is the newest, 0 when a "
                                  "newer one was refused."})),
      reload_success_time_(
          registry.Gauge({.name = "tfgrid_compose_config_last_reload_success_timestamp_seconds",
                          .unit = "seconds",
                          .help = "When a configuration was last taken into use."})) {
  registry
      .Gauge({.name = "tfgrid_compose_build_info",
              .help = "The program's version; the value is always 1.",
              .label_names = {"version"}})
      .With({std::string(version)})
      ->Set(1);
  runs_active_.With({})->Set(0);
  AddWork(registry, counters);
}

void DaemonMetrics::AddWork(MetricRegistry& registry, const WorkCounters& counters) {
  struct Work {
    const char* name;
    const char* help;
    const std::atomic<std::uint64_t>& count;
  };
  const Work all[] = {
      {"tfgrid_compose_remote_queries", "Requests for the tip of a remote.",
       counters.remote_queries},
      {"tfgrid_compose_fetches", "Transfers of objects from a remote.", counters.fetches},
      {"tfgrid_compose_git_objects_read", "Git objects read.", counters.objects_read},
      {"tfgrid_compose_manifests_parsed", "Manifests parsed.", counters.manifests_parsed},
      {"tfgrid_compose_apps_planned", "Apps expanded and compared.", counters.apps_planned},
      {"tfgrid_compose_store_rows_written", "Rows changed in the state database.",
       counters.rows_written},
      {"tfgrid_compose_store_commits", "Durable commits of the state database.", counters.fsyncs},
      {"tfgrid_compose_child_processes", "Child processes started.", counters.children},
      {"tfgrid_compose_host_connections", "Connections made to hosts.", counters.connections},
  };
  for (const Work& work : all) {
    const auto series = registry.Counter({.name = work.name, .help = work.help}).With({});
    registry.BeforeReading([series, &count = work.count] {
      series->Set(static_cast<double>(count.load(std::memory_order_relaxed)));
    });
  }
}

void DaemonMetrics::SetQueues(std::function<std::vector<QueueReading>()> read) {
  registry_.BeforeReading([this, read = std::move(read)] {
    for (const QueueReading& reading : read()) {
      queue_waiting_.With({reading.queue})->Set(static_cast<double>(reading.waiting));
      queue_running_.With({reading.queue})->Set(static_cast<double>(reading.running));
      queue_oldest_.With({reading.queue})->Set(Seconds(reading.oldest));
    }
  });
}

void DaemonMetrics::OnSourceKnown(const SourceRecord& source) {
  source_up_.With({source.name})->Set(source.error ? 0 : 1);
  if (source.last_success) source_success_.With({source.name})->Set(Seconds(*source.last_success));
  const std::lock_guard lock(mutex_);
  pushes_.Known(source.name, source.revision.commit);
}

void DaemonMetrics::OnSourceLook(const SourceRecord& source, WallTime now) {
  source_up_.With({source.name})->Set(source.error ? 0 : 1);
  source_looks_.With({source.name})->Add();
  if (source.last_success) source_success_.With({source.name})->Set(Seconds(*source.last_success));
  if (source.error) {
    source_errors_.With({source.name, std::string(ToString(source.error->kind))})->Add();
    return;  // What was asked for is still to come.
  }
  const std::lock_guard lock(mutex_);
  pushes_.Looked(source.name, source.revision.commit, now);
}

void DaemonMetrics::OnSourceForgotten(const std::string& name) {
  source_up_.Remove({name});
  source_success_.Remove({name});
  source_looks_.Remove({name});
  source_errors_.RemoveWhere(0, name);
  const std::lock_guard lock(mutex_);
  pushes_.Forget(name);
}

void DaemonMetrics::OnSourceAsked(const std::string& source, WallTime now) {
  const std::lock_guard lock(mutex_);
  pushes_.Asked(source, now);
}

std::vector<std::string> DaemonMetrics::InfoLabels(const AppId& app, const AppState& state) const {
  return {app.environment, app.name, state.source, state.sync, state.health, state.presence};
}

void DaemonMetrics::CountApp(const AppId& app, const AppState& state, double by) {
  const std::vector<std::string> labels{app.environment, state.sync, state.health};
  const auto count = apps_.With(labels);
  count->Add(by);
  if (count->value() <= 0) apps_.Remove(labels);
  if (!state.suspended) return;
  const auto suspended = apps_suspended_.With({app.environment});
  suspended->Add(by);
  if (suspended->value() <= 0) apps_suspended_.Remove({app.environment});
}

void DaemonMetrics::OnAppSaved(const AppRecord& app) {
  const AppState state{.source = app.source,
                       .sync = std::string(ToString(app.sync)),
                       .health = std::string(ToString(app.health)),
                       .presence = std::string(ToString(app.presence)),
                       .suspended = app.suspension.has_value()};
  const std::lock_guard lock(mutex_);
  const auto [found, added] = states_.try_emplace(app.id, state);
  if (!added) {
    if (found->second == state) return;
    CountApp(app.id, found->second, -1);
    app_info_.Remove(InfoLabels(app.id, found->second));
    found->second = state;
  }
  CountApp(app.id, state, 1);
  app_info_.With(InfoLabels(app.id, state))->Set(1);
}

void DaemonMetrics::OnDrift(const AppId& app, DriftVerdict verdict, bool counted) {
  if (counted) drift_checks_.With({std::string(ToString(verdict))})->Add();
  const std::lock_guard lock(mutex_);
  CountDrift(app, HasDrifted(verdict));
}

void DaemonMetrics::CountDrift(const AppId& app, bool drifted) {
  const bool changed = drifted ? drifted_.insert(app).second : drifted_.erase(app) > 0;
  // A zero tells of an environment that was looked at.
  apps_drifted_.With({app.environment})->Add(!changed ? 0 : drifted ? 1 : -1);
}

void DaemonMetrics::OnAppForgotten(const AppId& app) {
  const std::lock_guard lock(mutex_);
  if (drifted_.contains(app)) CountDrift(app, false);
  const auto found = states_.find(app);
  if (found == states_.end()) return;
  CountApp(app, found->second, -1);
  app_info_.Remove(InfoLabels(app, found->second));
  app_applied_.Remove({app.environment, app.name});
  states_.erase(found);
}

void DaemonMetrics::OnRunBegun(const ObservedRun& run) {
  const std::lock_guard lock(mutex_);
  active_.insert(run.run);
  runs_active_.With({})->Set(static_cast<double>(active_.size()));
}

void DaemonMetrics::OnRunStopped(RunId run) {
  const std::lock_guard lock(mutex_);
  active_.erase(run);
  runs_active_.With({})->Set(static_cast<double>(active_.size()));
}

void DaemonMetrics::OnActionFinished(const ObservedAction& action) {
  step_duration_.With({std::string(ToString(action.phase)), std::string(ToString(action.status))})
      ->Observe(Seconds(action.took));
}

void DaemonMetrics::OnRunFinished(const ObservedRun& run) {
  const std::string kind(ToString(run.kind));
  const std::string outcome(ToString(run.status));
  runs_.With({run.app.environment, kind, std::string(ToString(run.trigger)), outcome})->Add();
  run_duration_.With({kind, outcome})->Observe(Seconds(run.took));
  const std::lock_guard lock(mutex_);
  active_.erase(run.run);
  runs_active_.With({})->Set(static_cast<double>(active_.size()));
  if (run.status != RunStatus::kSucceeded || run.kind == PlanKind::kDelete) return;
  if (states_.count(run.app) != 0) {
    app_applied_.With({run.app.environment, run.app.name})->Set(Seconds(run.finished));
  }
  if (run.kind != PlanKind::kApply) return;
  if (const auto heard = pushes_.HeardOf(run.source, run.revision.commit)) {
    lag_.With({run.app.environment})
        ->Observe(std::max(0.0, Seconds(run.finished) - Seconds(*heard)));
  }
}

void DaemonMetrics::OnStoreCall(std::string_view call, std::chrono::microseconds took,
                                bool failed) {
  store_duration_.With({std::string(call)})->Observe(Seconds(took));
  if (failed) store_errors_.With({std::string(call)})->Add();
}

void DaemonMetrics::OnWebhook(std::string_view provider, std::string_view verdict) {
  webhooks_.With({std::string(provider), std::string(verdict)})->Add();
}

void DaemonMetrics::OnNotification(std::string_view what, std::string_view outcome) {
  notifications_.With({std::string(what), std::string(outcome)})->Add();
}

void DaemonMetrics::OnConfigReload(bool succeeded, WallTime now) {
  reload_successful_.With({})->Set(succeeded ? 1 : 0);
  if (succeeded) reload_success_time_.With({})->Set(Seconds(now));
}

}  // namespace gitops
