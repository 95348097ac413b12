#include "engine/server/metric_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace gitops {
namespace {

MetricFamily Counter() {
  return {.name = "jobs",
          .kind = MetricKind::kCounter,
          .unit = "",
          .help = "Jobs that ended.",
          .label_names = {"queue"},
          .bounds = {},
          .samples = {{.labels = {"apps"}, .value = 3, .buckets = {}, .sum = 0}}};
}

MetricFamily Histogram() {
  return {.name = "wait_seconds",
          .kind = MetricKind::kHistogram,
          .unit = "seconds",
          .help = "How long.",
          .label_names = {},
          .bounds = {0.5, 1},
          .samples = {{.labels = {}, .value = 0, .buckets = {2, 0, 1}, .sum = 3.25}}};
}

TEST(MetricText, PrometheusNamesCounterFamiliesAsTheirSamples) {
  EXPECT_EQ(RenderMetrics({Counter()}, MetricFormat::kPrometheus),
            "# HELP jobs_total Jobs that ended.\n"
            "# TYPE jobs_total counter\n"
            "jobs_total{queue=\"apps\"} 3\n");
}

TEST(MetricText, OpenMetricsNamesFamiliesWithoutTotalAndEndsWithEof) {
  EXPECT_EQ(RenderMetrics({Counter()}, MetricFormat::kOpenMetrics),
            "# HELP jobs Jobs that ended.\n"
            "# TYPE jobs counter\n"
            "jobs_total{queue=\"apps\"} 3\n"
            "# EOF\n");
}

TEST(MetricText, BucketsAreCumulativeAndEndWithInfinity) {
  EXPECT_EQ(RenderMetrics({Histogram()}, MetricFormat::kOpenMetrics),
            "# HELP wait_seconds How long.\n"
            "# TYPE wait_seconds histogram\n"
            "# UNIT wait_seconds seconds\n"
            "wait_seconds_bucket{le=\"0.5\"} 2\n"
            "wait_seconds_bucket{le=\"1.0\"} 2\n"
            "wait_seconds_bucket{le=\"+Inf\"} 3\n"
            "wait_seconds_sum 3.25\n"
            "wait_seconds_count 3\n"
            "# EOF\n");
}

TEST(MetricText, LabelValuesAndHelpAreEscaped) {
  MetricFamily family = Counter();
  family.help = "a\\b\n\"c\"";
  family.samples[0].labels = {"a\\b\n\"c\""};
  EXPECT_EQ(RenderMetrics({family}, MetricFormat::kPrometheus),
            "# HELP jobs_total a\\\\b\\n\"c\"\n"
            "# TYPE jobs_total counter\n"
            "jobs_total{queue=\"a\\\\b\\n\\\"c\\\"\"} 3\n");
}

TEST(MetricText, NumbersReadBackAsTheyWere) {
  MetricFamily family = Counter();
  family.kind = MetricKind::kGauge;
  const auto text = [&](double value) {
    family.samples[0].value = value;
    const std::string all = RenderMetrics({family}, MetricFormat::kPrometheus);
    return all.substr(all.rfind(' ') + 1);
  };
  EXPECT_EQ(text(0.1), "0.1\n");
  EXPECT_EQ(text(1795219200.125), "1795219200.125\n");
  EXPECT_EQ(text(-2), "-2\n");
  EXPECT_EQ(text(std::numeric_limits<double>::infinity()), "+Inf\n");
  EXPECT_EQ(text(std::numeric_limits<double>::quiet_NaN()), "NaN\n");
}

TEST(MetricText, AFamilyWithoutSeriesIsLeftOut) {
  MetricFamily family = Counter();
  family.samples.clear();
  EXPECT_EQ(RenderMetrics({family}, MetricFormat::kPrometheus), "");
  EXPECT_EQ(RenderMetrics({family}, MetricFormat::kOpenMetrics), "# EOF\n");
}

TEST(MetricText, TheClientChoosesTheFormat) {
  EXPECT_EQ(ChooseMetricFormat(""), MetricFormat::kPrometheus);
  EXPECT_EQ(ChooseMetricFormat("text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
            MetricFormat::kPrometheus);
  EXPECT_EQ(ChooseMetricFormat("application/openmetrics-text;version=1.0.0,text/plain;q=0.5"),
            MetricFormat::kOpenMetrics);
}

}  // namespace
}  // namespace gitops
