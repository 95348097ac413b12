#include "engine/server/daemon_metrics.h"

#include <gtest/gtest.h>

#include "engine/reconcile/observed_store.h"
#include "engine/server/process_metrics.h"
#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

/// A real store whose work is counted.
class DaemonMetricsTest : public ::testing::Test {
 protected:
  std::string Text() { return "\n" + RenderMetrics(registry_.Read(), MetricFormat::kPrometheus); }
  /// Whether the page has exactly this line.
  bool Has(const std::string& line) { return Text().find("\n" + line + "\n") != std::string::npos; }
  bool Mentions(const std::string& text) { return Text().find(text) != std::string::npos; }

  void Look(char commit, std::optional<Error> error = std::nullopt,
            std::vector<AppRecord> apps = {}) {
    SourceRecord source = SomeSource();
    source.revision = {"main", Oid(commit)};
    source.last_success = error ? source.last_success : std::optional(temp_.clock().Now());
    source.error = std::move(error);
    ASSERT_TRUE(store_.RecordSourceSync({source, std::move(apps), {}}));
  }

  RunId Begin(const AppRecord& app, char commit = 'a') {
    NewRun run = SomeRun(app, Serial(app), {SomeAction("setup")});
    run.plan.revision = {"main", Oid(commit)};
    const auto id = store_.BeginRun(run);
    EXPECT_TRUE(id) << id.error().ToString();
    return *id;
  }
  std::uint64_t Serial(const AppRecord& app) {
    const auto stored = temp_->LoadRecorded(app.id);
    return stored ? stored->serial : 0;
  }
  void RunOnce(const AppRecord& app, char commit, std::chrono::milliseconds took,
               RunStatus status = RunStatus::kSucceeded) {
    const RunId run = Begin(app, commit);
    ASSERT_TRUE(store_.MarkStarted(run, 0));
    temp_.clock().Advance(took);
    const bool good = status == RunStatus::kSucceeded;
    ASSERT_TRUE(store_.MarkFinished(
        run, 0, good ? Success(SomeAction("setup")) : Outcome(ActionStatus::kFailed)));
    ASSERT_TRUE(store_.FinishRun(run, Finished(app, status)));
  }

  MetricRegistry registry_;
  WorkCounters counters_;
  DaemonMetrics metrics_{registry_, counters_, "1.2.3"};
  TempStore temp_;
  ObservedStore store_{temp_.get(), metrics_, temp_.clock()};
};

TEST_F(DaemonMetricsTest, SaysWhatItIs) {
  EXPECT_TRUE(Has("tfgrid_compose_build_info{version=\"1.2.3\"} 1"));
  EXPECT_TRUE(Has("tfgrid_compose_runs_active 0"));
}

TEST_F(DaemonMetricsTest, CountsAppsByState) {
  AppRecord web = NewApp("web");
  ASSERT_TRUE(store_.SaveApps({web, NewApp("db")}, {}));
  EXPECT_TRUE(
      Has("tfgrid_compose_apps{environment=\"production\",sync=\"Unknown\","
          "health=\"Unknown\"} 2"));
  web.sync = SyncStatus::kSynced;
  web.health = Health::kHealthy;
  web.suspension = Suspension{"holiday", "ann", At(7)};
  ASSERT_TRUE(store_.SaveApps({web}, {}));
  EXPECT_TRUE(
      Has("tfgrid_compose_apps{environment=\"production\",sync=\"Unknown\","
          "health=\"Unknown\"} 1"));
  EXPECT_TRUE(
      Has("tfgrid_compose_apps{environment=\"production\",sync=\"Synced\","
          "health=\"Healthy\"} 1"));
  EXPECT_TRUE(Has("tfgrid_compose_apps_suspended{environment=\"production\"} 1"));
  EXPECT_TRUE(
      Has("tfgrid_compose_app_info{environment=\"production\",app=\"web\",source=\"apps\","
          "sync=\"Synced\",health=\"Healthy\",presence=\"present\"} 1"));
  EXPECT_FALSE(Mentions("app=\"web\",source=\"apps\",sync=\"Unknown\""));
}

TEST_F(DaemonMetricsTest, CountsDriftByEnvironment) {
  const AppId web{"production", "web"};
  const AppId api{"production", "api"};
  metrics_.OnDrift(web, DriftVerdict::kDrifted, /*counted=*/false);  // Of the last process.
  metrics_.OnDrift(api, DriftVerdict::kMissing, /*counted=*/true);
  metrics_.OnDrift(api, DriftVerdict::kDrifted, /*counted=*/true);
  EXPECT_TRUE(Has("tfgrid_compose_apps_drifted{environment=\"production\"} 2"));
  metrics_.OnDrift(web, DriftVerdict::kInSync, /*counted=*/true);
  metrics_.OnAppForgotten(api);
  EXPECT_TRUE(Has("tfgrid_compose_apps_drifted{environment=\"production\"} 0"));
  EXPECT_TRUE(Has("tfgrid_compose_drift_checks_total{verdict=\"missing\"} 1"));
  EXPECT_TRUE(Has("tfgrid_compose_drift_checks_total{verdict=\"in_sync\"} 1"));
}

TEST_F(DaemonMetricsTest, SeriesOfForgottenAppsAndSourcesGo) {
  const AppRecord web = NewApp("web");
  Look('a', std::nullopt, {web});
  RunOnce(web, 'a', std::chrono::seconds(1));
  EXPECT_TRUE(Mentions("app=\"web\""));
  EXPECT_TRUE(Mentions("tfgrid_compose_app_last_applied_timestamp_seconds{"));
  Look('b', SomeError());
  ASSERT_TRUE(store_.ForgetApp(web.id, {}));
  EXPECT_FALSE(Mentions("\"web\""));
  EXPECT_FALSE(Mentions("tfgrid_compose_apps{"));
  ASSERT_TRUE(store_.ForgetSource("apps"));
  EXPECT_FALSE(Mentions("source=\"apps\""));
}

TEST_F(DaemonMetricsTest, ADeletionThatSucceedsForgetsTheApp) {
  const AppRecord web = NewApp("web");
  ASSERT_TRUE(store_.SaveApps({web}, {}));
  const RunId run = Begin(web);
  RunOutcome outcome = Finished(web);
  outcome.forget_app = true;
  ASSERT_TRUE(store_.FinishRun(run, outcome));
  EXPECT_FALSE(Mentions("app=\"web\""));
}

TEST_F(DaemonMetricsTest, TimesRunsAndSteps) {
  const AppRecord web = NewApp("web");
  ASSERT_TRUE(store_.SaveApps({web}, {}));
  RunOnce(web, 'a', std::chrono::milliseconds(1500));
  RunOnce(web, 'a', std::chrono::milliseconds(200), RunStatus::kFailed);
  EXPECT_TRUE(
      Has("tfgrid_compose_runs_total{environment=\"production\",kind=\"apply\","
          "trigger=\"sync\",outcome=\"succeeded\"} 1"));
  EXPECT_TRUE(
      Has("tfgrid_compose_run_duration_seconds_sum{kind=\"apply\",outcome=\"succeeded\"} 1.5"));
  EXPECT_TRUE(
      Has("tfgrid_compose_run_duration_seconds_count{kind=\"apply\",outcome=\"failed\"} 1"));
  EXPECT_TRUE(
      Has("tfgrid_compose_step_duration_seconds_sum{phase=\"app\",outcome=\"succeeded\"} 1.5"));
  EXPECT_TRUE(
      Has("tfgrid_compose_step_duration_seconds_bucket{phase=\"app\",outcome=\"failed\","
          "le=\"0.25\"} 1"));
  EXPECT_TRUE(Has("tfgrid_compose_runs_active 0"));
}

TEST_F(DaemonMetricsTest, SaysWhatIsUnderWay) {
  const AppRecord web = NewApp("web");
  ASSERT_TRUE(store_.SaveApps({web}, {}));
  const RunId run = Begin(web);
  EXPECT_TRUE(Has("tfgrid_compose_runs_active 1"));
  ASSERT_TRUE(store_.MarkStopped(run));
  EXPECT_TRUE(Has("tfgrid_compose_runs_active 0"));
}

TEST_F(DaemonMetricsTest, TellsTheTimeFromPushToApplied) {
  const AppRecord web = NewApp("web");
  Look('a', std::nullopt, {web});
  temp_.clock().Advance(std::chrono::seconds(100));
  metrics_.OnSourceAsked("apps", temp_.clock().Now());
  temp_.clock().Advance(std::chrono::milliseconds(500));
  Look('b');
  RunOnce(web, 'b', std::chrono::seconds(2));
  EXPECT_TRUE(Has("tfgrid_compose_reconcile_lag_seconds_sum{environment=\"production\"} 2.5"));
  // A failed run applied nothing.
  Look('c');
  RunOnce(web, 'c', std::chrono::seconds(2), RunStatus::kFailed);
  EXPECT_TRUE(Has("tfgrid_compose_reconcile_lag_seconds_count{environment=\"production\"} 1"));
}

TEST_F(DaemonMetricsTest, TellsHowSourcesFare) {
  Look('a');
  EXPECT_TRUE(Has("tfgrid_compose_source_up{source=\"apps\"} 1"));
  EXPECT_TRUE(Mentions("tfgrid_compose_source_last_success_timestamp_seconds{source=\"apps\"} 17"));
  Look('a', SomeError(ErrorKind::kInvalid));
  EXPECT_TRUE(Has("tfgrid_compose_source_up{source=\"apps\"} 0"));
  EXPECT_TRUE(Has("tfgrid_compose_source_errors_total{source=\"apps\",kind=\"invalid\"} 1"));
  EXPECT_TRUE(Has("tfgrid_compose_source_looks_total{source=\"apps\"} 2"));
}

TEST_F(DaemonMetricsTest, BeginsWithWhatTheStoreHolds) {
  AppRecord web = NewApp("web");
  Look('a', std::nullopt, {web});
  MetricRegistry registry;
  DaemonMetrics fresh(registry, counters_, "1");
  ASSERT_TRUE(ObserveStored(temp_.get(), fresh));
  const std::string text = RenderMetrics(registry.Read(), MetricFormat::kPrometheus);
  EXPECT_NE(text.find("tfgrid_compose_source_up{source=\"apps\"} 1"), std::string::npos);
  EXPECT_NE(text.find("app=\"web\""), std::string::npos);
  EXPECT_EQ(text.find("tfgrid_compose_source_looks_total"), std::string::npos);
}

TEST_F(DaemonMetricsTest, TimesTheStore) {
  Look('a');
  EXPECT_TRUE(Has("tfgrid_compose_store_call_duration_seconds_count{call=\"RecordSourceSync\"} 1"));
  EXPECT_FALSE(store_.MarkStarted(99, 0));
  EXPECT_TRUE(Has("tfgrid_compose_store_call_errors_total{call=\"MarkStarted\"} 1"));
}

TEST_F(DaemonMetricsTest, ReadsQueuesAndWorkWhenItIsAsked) {
  metrics_.SetQueues([] {
    return std::vector<QueueReading>{{"app", 4, 2, std::chrono::milliseconds(1250)}};
  });
  counters_.children = 17;
  EXPECT_TRUE(Has("tfgrid_compose_queue_waiting{queue=\"app\"} 4"));
  EXPECT_TRUE(Has("tfgrid_compose_queue_running{queue=\"app\"} 2"));
  EXPECT_TRUE(Has("tfgrid_compose_queue_oldest_age_seconds{queue=\"app\"} 1.25"));
  EXPECT_TRUE(Has("tfgrid_compose_child_processes_total 17"));
}

TEST_F(DaemonMetricsTest, CountsDeliveriesAndReloads) {
  metrics_.OnWebhook("github", "accepted");
  metrics_.OnWebhook("github", "accepted");
  metrics_.OnConfigReload(true, At(1000));
  metrics_.OnConfigReload(false, At(2000));
  EXPECT_TRUE(
      Has("tfgrid_compose_webhook_deliveries_total{provider=\"github\","
          "verdict=\"accepted\"} 2"));
  EXPECT_TRUE(Has("tfgrid_compose_config_last_reload_successful 0"));
  EXPECT_TRUE(Has("tfgrid_compose_config_last_reload_success_timestamp_seconds 1000"));
}

TEST_F(DaemonMetricsTest, KnowsItsProcess) {
  AddProcessMetrics(registry_);
  const auto families = registry_.Read();
  const auto value = [&](const std::string& name) {
    for (const MetricFamily& family : families) {
      if (family.name == name) return family.samples.at(0).value;
    }
    return -1.0;
  };
  EXPECT_GT(value("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(value("process_open_fds"), 2);
  EXPECT_GT(value("process_max_fds"), value("process_open_fds"));
  EXPECT_GT(value("process_start_time_seconds"), 1.6e9);
  EXPECT_GE(value("process_cpu_seconds"), 0);
}

}  // namespace
}  // namespace gitops
