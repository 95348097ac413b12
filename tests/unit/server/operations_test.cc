// docs/operations names real metrics, and Prometheus' own tool accepts what is there.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "engine/os/posix_process.h"
#include "engine/os/system_clock.h"
#include "engine/server/daemon_metrics.h"
#include "engine/server/process_metrics.h"

namespace gitops {
namespace {

const std::string kFolder = std::string(TFGRID_COMPOSE_SOURCE_DIR) + "/docs/operations/";

std::string FileText(const std::string& name) {
  std::ifstream file(kFolder + name);
  EXPECT_TRUE(file) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A registry with everything that the product has.
class Operations : public ::testing::Test {
 protected:
  Operations() { AddProcessMetrics(registry_); }

  /// The names a query may use.
  std::set<std::string> SampleNames() const {
    std::set<std::string> names;
    for (const MetricFamily& family : registry_.Describe()) {
      switch (family.kind) {
        case MetricKind::kCounter:
          names.insert(family.name + "_total");
          break;
        case MetricKind::kGauge:
          names.insert(family.name);
          break;
        case MetricKind::kHistogram:
          for (const char* end : {"_bucket", "_sum", "_count"}) names.insert(family.name + end);
          break;
      }
    }
    return names;
  }

  /// Every word of the text that can only be the name of a metric.
  static std::set<std::string> NamesIn(const std::string& text) {
    std::set<std::string> names;
    const auto in_name = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    for (const std::string start : {"tfgrid_compose_", "process_"}) {
      for (std::size_t at = text.find(start); at != std::string::npos;
           at = text.find(start, at + 1)) {
        if (at > 0 && in_name(text[at - 1])) continue;
        std::size_t end = at;
        while (end < text.size() && in_name(text[end])) ++end;
        names.insert(text.substr(at, end - at));
      }
    }
    return names;
  }

  void ExpectOnlyKnown(const std::string& file, std::size_t at_least) {
    const std::set<std::string> known = SampleNames();
    const std::set<std::string> used = NamesIn(FileText(file));
    EXPECT_GE(used.size(), at_least) << file;
    for (const std::string& name : used) {
      EXPECT_EQ(known.count(name), 1U)
          << file << " asks for \"" << name << "\", which is no metric";
    }
  }

  ProcessResult Promtool(std::vector<std::string> arguments, std::string input = "") {
    ProcessSpec spec;
    spec.argv = {"promtool"};
    spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
    spec.environment = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}};
    spec.working_directory = kFolder;
    spec.input = std::move(input);
    PosixProcessRunner runner(clock_, &counters_);
    const auto result = runner.Run(spec, {});
    EXPECT_TRUE(result) << "promtool is in the package prometheus: scripts/setup --tests";
    return result ? *result : ProcessResult();
  }

  WorkCounters counters_;
  SystemClock clock_;
  MetricRegistry registry_;
  DaemonMetrics metrics_{registry_, counters_, "1.0.0"};
};

TEST_F(Operations, TheDashboardAsksForMetricsThatAre) {
  ExpectOnlyKnown("grafana-dashboard.json", 15);
}

TEST_F(Operations, TheAlertsAskForMetricsThatAre) {
  ExpectOnlyKnown("alerts.yaml", 9);
  ExpectOnlyKnown("alerts_test.yaml", 9);
}

TEST_F(Operations, ThePageListsEveryMetricAndNoOther) {
  const std::string page = FileText("metrics.md");
  std::set<std::string> expected;
  for (const MetricFamily& family : registry_.Describe()) {
    const bool counter = family.kind == MetricKind::kCounter;
    const std::string name = family.name + (counter ? "_total" : "");
    expected.insert(name);
    std::string labels;
    for (const std::string& label : family.label_names) {
      labels += (labels.empty() ? "" : ", ") + ("`" + label + "`");
    }
    const std::string line =
        "| `" + name + "` | " + labels + (labels.empty() ? "" : " ") + "| " + family.help + " |\n";
    EXPECT_NE(page.find(line), std::string::npos) << "docs/operations/metrics.md lacks: " << line;
  }
  const std::set<std::string> known = SampleNames();
  for (const std::string& name : NamesIn(page)) {
    EXPECT_TRUE(expected.count(name) == 1 || known.count(name) == 1) << name;
  }
}

TEST_F(Operations, PrometheusAcceptsTheRules) {
  const ProcessResult checked = Promtool({"check", "rules", "alerts.yaml"});
  EXPECT_EQ(checked.exit_code, 0) << checked.output << checked.error_output;
  EXPECT_NE(checked.output.find("14 rules found"), std::string::npos) << checked.output;
}

TEST_F(Operations, TheRulesAlertWhenTheyShould) {
  const ProcessResult tested = Promtool({"test", "rules", "alerts_test.yaml"});
  EXPECT_EQ(tested.exit_code, 0) << tested.output << tested.error_output;
}

TEST_F(Operations, PrometheusHasNothingToSayAboutTheMetrics) {
  AppRecord app;
  app.id = {"production", "we\"ird\\"};
  app.source = "apps";
  metrics_.OnAppSaved(app);
  metrics_.OnRunFinished({.run = 1,
                          .app = app.id,
                          .source = "apps",
                          .revision = {},
                          .kind = PlanKind::kApply,
                          .trigger = RunTrigger::kSync,
                          .status = RunStatus::kSucceeded,
                          .started = {},
                          .finished = {},
                          .took = {}});
  metrics_.OnActionFinished({});
  metrics_.OnStoreCall("BeginRun", std::chrono::microseconds(7), true);
  metrics_.OnWebhook("github", "accepted");
  metrics_.OnConfigReload(true, {});
  metrics_.OnNotification("notification", "delivered");
  SourceRecord source;
  source.name = "apps";
  source.error = MakeError(ErrorKind::kTransient, "no answer");
  source.last_success = WallTime{};
  metrics_.OnSourceLook(source, {});
  metrics_.SetQueues([] { return std::vector<QueueReading>{{"app", 1, 1, {}}}; });
  const std::string page = RenderMetrics(registry_.Read(), MetricFormat::kPrometheus);
  const ProcessResult checked = Promtool({"check", "metrics"}, page);
  EXPECT_EQ(checked.exit_code, 0) << checked.output << checked.error_output;
  EXPECT_EQ(checked.output + checked.error_output, "");
  const ProcessResult refused = Promtool({"check", "metrics"}, page + "broken{ 1\n");
  EXPECT_NE(refused.exit_code, 0);
}

}  // namespace
}  // namespace gitops
