#include "engine/server/metric_registry.h"

#include <gtest/gtest.h>

#include <thread>

namespace gitops {
namespace {

MetricSpec Spec(std::string name, std::vector<std::string> labels = {}) {
  return {.name = std::move(name), .unit = "", .help = "Some.", .label_names = std::move(labels)};
}

TEST(MetricRegistry, ReadsWhatWasAddedSortedByNameAndLabels) {
  MetricRegistry registry;
  CounterFamily& jobs = registry.Counter(Spec("jobs", {"queue"}));
  registry.Gauge(Spec("depth")).With({})->Set(7);
  jobs.With({"b"})->Add();
  jobs.With({"a"})->Add(2);
  jobs.With({"a"})->Add(0.5);
  const auto families = registry.Read();
  ASSERT_EQ(families.size(), 2U);
  EXPECT_EQ(families[0].name, "depth");
  EXPECT_EQ(families[0].samples.at(0).value, 7);
  EXPECT_EQ(families[1].kind, MetricKind::kCounter);
  EXPECT_EQ(families[1].samples.at(0).labels, std::vector<std::string>{"a"});
  EXPECT_EQ(families[1].samples.at(0).value, 2.5);
  EXPECT_EQ(families[1].samples.at(1).value, 1);
}

TEST(MetricRegistry, AValueOnABoundIsInItsBucket) {
  MetricRegistry registry;
  MetricSpec spec = Spec("wait");
  spec.bounds = {1, 2};
  const auto series = registry.Histogram(spec).With({});
  for (const double value : {0.0, 1.0, 1.5, 2.0, 9.0}) series->Observe(value);
  const MetricSample sample = registry.Read().at(0).samples.at(0);
  EXPECT_EQ(sample.buckets, (std::vector<std::uint64_t>{2, 2, 1}));
  EXPECT_EQ(sample.sum, 13.5);
}

TEST(MetricRegistry, RemovedSeriesAreGoneAndHarmlessToWhoHoldsThem) {
  MetricRegistry registry;
  GaugeFamily& apps = registry.Gauge(Spec("apps", {"environment", "app"}));
  const auto held = apps.With({"production", "web"});
  apps.With({"production", "db"});
  apps.With({"staging", "web"});
  apps.Remove({"production", "web"});
  held->Set(1);
  EXPECT_EQ(registry.Read().at(0).samples.size(), 2U);
  apps.RemoveWhere(0, "production");
  ASSERT_EQ(registry.Read().at(0).samples.size(), 1U);
  EXPECT_EQ(registry.Read().at(0).samples[0].labels[0], "staging");
  apps.Clear();
  EXPECT_TRUE(registry.Read().empty());
  EXPECT_EQ(registry.Describe().size(), 1U);
}

TEST(MetricRegistry, WhatIsOverTheLimitSharesOneSeries) {
  MetricRegistry registry;
  MetricSpec spec = Spec("calls", {"by"});
  spec.most_series = 3;
  CounterFamily& calls = registry.Counter(spec);
  for (int i = 0; i < 1000; ++i) calls.With({std::to_string(i)})->Add();
  const auto samples = registry.Read().at(0).samples;
  ASSERT_EQ(samples.size(), 4U);
  EXPECT_EQ(samples.back().labels, std::vector<std::string>{"other"});
  EXPECT_EQ(samples.back().value, 997);
}

TEST(MetricRegistry, RefreshesBeforeItReads) {
  MetricRegistry registry;
  const auto series = registry.Gauge(Spec("depth")).With({});
  registry.BeforeReading([series] { series->Add(1); });
  registry.Read();
  EXPECT_EQ(registry.Read().at(0).samples.at(0).value, 2);
}

TEST(MetricRegistry, CountsWhatManyThreadsAdd) {
  MetricRegistry registry;
  CounterFamily& jobs = registry.Counter(Spec("jobs", {"queue"}));
  MetricSpec spec = Spec("wait");
  spec.bounds = {1};
  HistogramFamily& wait = registry.Histogram(spec);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        for (int n = 0; n < 2000; ++n) {
          jobs.With({std::to_string(n % 3)})->Add();
          wait.With({})->Observe(i % 2 == 0 ? 0.5 : 2);
          if (n % 500 == 0) jobs.Remove({"9"});
          if (n % 500 == 0) registry.Read();
        }
      });
    }
  }
  const auto families = registry.Read();
  double total = 0;
  for (const MetricSample& sample : families.at(0).samples) total += sample.value;
  EXPECT_EQ(total, 8000);
  EXPECT_EQ(families.at(1).samples.at(0).buckets, (std::vector<std::uint64_t>{4000, 4000}));
  EXPECT_EQ(families.at(1).samples.at(0).sum, 10000);
}

TEST(MetricRegistryDeathTest, RefusesUnsoundNames) {
  MetricRegistry registry;
  registry.Gauge(Spec("depth"));
  EXPECT_DEATH(registry.Counter(Spec("depth")), "");
  EXPECT_DEATH(registry.Counter(Spec("jobs_total")), "");
  EXPECT_DEATH(registry.Counter(Spec("Jobs")), "");
  EXPECT_DEATH(registry.Counter(Spec("jobs", {"le"})), "");
  MetricSpec unit = Spec("wait_ms");
  unit.unit = "seconds";
  EXPECT_DEATH(registry.Gauge(unit), "");
  EXPECT_DEATH(registry.Histogram(Spec("wait")), "");
}

}  // namespace
}  // namespace gitops
