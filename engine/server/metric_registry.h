// MetricRegistry: counters, gauges and histograms that code adds to and /metrics reads. Adding to a
// series takes no lock; finding one by its labels takes its family's. A family holds a bounded
// number of series: what is over goes to one whose labels are all "other". Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/server/metric_text.h"

namespace gitops {

class CounterSeries {
 public:
  void Add(double by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
  /// For a count that is kept elsewhere and only grows.
  void Set(double value) { value_.store(value, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

class GaugeSeries {
 public:
  void Set(double value) { value_.store(value, std::memory_order_relaxed); }
  void Add(double by) { value_.fetch_add(by, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

class HistogramSeries {
 public:
  explicit HistogramSeries(std::vector<double> bounds)
      : bounds_(std::move(bounds)), buckets_(bounds_.size() + 1) {}

  void Observe(double value);
  std::vector<std::uint64_t> buckets() const;
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  const std::vector<double> bounds_;
  std::vector<std::atomic<std::uint64_t>> buckets_;
  std::atomic<double> sum_{0};
};

/// What a family is, besides its series.
struct MetricSpec {
  std::string name;
  std::string unit = {};
  std::string help = {};
  std::vector<std::string> label_names = {};
  std::size_t most_series = 500;
  std::vector<double> bounds = {};  ///< Histograms only.
};

/// The part of a family that the registry sees.
class MetricFamilyBase {
 public:
  virtual ~MetricFamilyBase() = default;
  virtual MetricFamily Read() const = 0;
};

template <typename Series>
class SeriesFamily : public MetricFamilyBase {
 public:
  using Labels = std::vector<std::string>;

  explicit SeriesFamily(MetricSpec spec) : spec_(std::move(spec)) {}

  /// The series with these label values, made when it is not there. It may be kept and added to
  /// after it was removed; then nobody sees it.
  std::shared_ptr<Series> With(const Labels& labels);
  void Remove(const Labels& labels);
  /// Removes every series whose label number `index` has this value.
  void RemoveWhere(std::size_t index, const std::string& value);
  /// Removes all series.
  void Clear();
  MetricFamily Read() const override;

 private:
  const MetricSpec spec_;
  mutable std::mutex mutex_;  ///< Guards `series_`.
  std::map<Labels, std::shared_ptr<Series>> series_;
};

using CounterFamily = SeriesFamily<CounterSeries>;
using GaugeFamily = SeriesFamily<GaugeSeries>;
using HistogramFamily = SeriesFamily<HistogramSeries>;

class MetricRegistry {
 public:
  /// Adds a family, which lives as long as the registry. REQUIRES: the name is new and sound
  /// (lower case, digits and _), the unit is its end, no counter's ends in "_total".
  CounterFamily& Counter(MetricSpec spec);
  GaugeFamily& Gauge(MetricSpec spec);
  HistogramFamily& Histogram(MetricSpec spec);

  /// `refresh` is called before each reading: for values that are kept elsewhere. Must not block.
  void BeforeReading(std::function<void()> refresh);

  /// All families that have series, by name.
  std::vector<MetricFamily> Read() const;
  /// All families, with or without series, by name.
  std::vector<MetricFamily> Describe() const;

 private:
  template <typename Family>
  Family& Add(MetricSpec spec);

  mutable std::mutex mutex_;  ///< Guards the members below.
  std::map<std::string, std::unique_ptr<MetricFamilyBase>> families_;
  std::vector<std::function<void()>> refreshers_;
};

}  // namespace gitops
