#include "engine/server/metric_registry.h"

#include <algorithm>
#include <string_view>
#include <type_traits>

#include "engine/base/check.h"

namespace gitops {
namespace {

constexpr std::string_view kOther = "other";

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() > end.size() && text.substr(text.size() - end.size()) == end;
}

bool IsSoundName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

template <typename Series>
constexpr MetricKind KindOf() {
  if constexpr (std::is_same_v<Series, CounterSeries>) return MetricKind::kCounter;
  if constexpr (std::is_same_v<Series, GaugeSeries>) return MetricKind::kGauge;
  return MetricKind::kHistogram;
}

template <typename Series>
std::shared_ptr<Series> MakeSeries([[maybe_unused]] const MetricSpec& spec) {
  if constexpr (std::is_same_v<Series, HistogramSeries>) {
    return std::make_shared<Series>(spec.bounds);
  } else {
    return std::make_shared<Series>();
  }
}

template <typename Series>
MetricSample SampleOf(const std::vector<std::string>& labels, const Series& series) {
  MetricSample sample;
  sample.labels = labels;
  if constexpr (std::is_same_v<Series, HistogramSeries>) {
    sample.buckets = series.buckets();
    sample.sum = series.sum();
  } else {
    sample.value = series.value();
  }
  return sample;
}

}  // namespace

void HistogramSeries::Observe(double value) {
  const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  const auto index = static_cast<std::size_t>(bound - bounds_.begin());
  buckets_[index].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::vector<std::uint64_t> HistogramSeries::buckets() const {
  std::vector<std::uint64_t> result;
  result.reserve(buckets_.size());
  for (const auto& bucket : buckets_) result.push_back(bucket.load(std::memory_order_relaxed));
  return result;
}

template <typename Series>
std::shared_ptr<Series> SeriesFamily<Series>::With(const Labels& labels) {
  CHECK(labels.size() == spec_.label_names.size());
  const std::lock_guard lock(mutex_);
  if (const auto found = series_.find(labels); found != series_.end()) return found->second;
  const Labels other(labels.size(), std::string(kOther));
  const bool full = series_.size() >= spec_.most_series && !labels.empty();
  auto& series = series_[full ? other : labels];
  if (!series) series = MakeSeries<Series>(spec_);
  return series;
}

template <typename Series>
void SeriesFamily<Series>::Remove(const Labels& labels) {
  const std::lock_guard lock(mutex_);
  series_.erase(labels);
}

template <typename Series>
void SeriesFamily<Series>::RemoveWhere(std::size_t index, const std::string& value) {
  CHECK(index < spec_.label_names.size());
  const std::lock_guard lock(mutex_);
  std::erase_if(series_, [&](const auto& entry) { return entry.first[index] == value; });
}

template <typename Series>
void SeriesFamily<Series>::Clear() {
  const std::lock_guard lock(mutex_);
  series_.clear();
}

template <typename Series>
MetricFamily SeriesFamily<Series>::Read() const {
  MetricFamily family;
  family.name = spec_.name;
  family.kind = KindOf<Series>();
  family.unit = spec_.unit;
  family.help = spec_.help;
  family.label_names = spec_.label_names;
  family.bounds = spec_.bounds;
  const std::lock_guard lock(mutex_);
  family.samples.reserve(series_.size());
  for (const auto& [labels, series] : series_) {
    family.samples.push_back(SampleOf(labels, *series));
  }
  return family;
}

template class SeriesFamily<CounterSeries>;
template class SeriesFamily<GaugeSeries>;
template class SeriesFamily<HistogramSeries>;

template <typename Family>
Family& MetricRegistry::Add(MetricSpec spec) {
  CHECK(IsSoundName(spec.name));
  CHECK(spec.unit.empty() || EndsWith(spec.name, "_" + spec.unit));
  CHECK(std::all_of(spec.label_names.begin(), spec.label_names.end(),
                    [](const std::string& name) { return IsSoundName(name) && name != "le"; }));
  CHECK(std::is_sorted(spec.bounds.begin(), spec.bounds.end()));
  const std::lock_guard lock(mutex_);
  const std::string name = spec.name;
  CHECK(!EndsWith(name, "_total"));
  CHECK(families_.count(name) == 0);
  auto family = std::make_unique<Family>(std::move(spec));
  Family& added = *family;
  families_[name] = std::move(family);
  return added;
}

CounterFamily& MetricRegistry::Counter(MetricSpec spec) {
  CHECK(spec.bounds.empty());
  return Add<CounterFamily>(std::move(spec));
}

GaugeFamily& MetricRegistry::Gauge(MetricSpec spec) {
  CHECK(spec.bounds.empty());
  return Add<GaugeFamily>(std::move(spec));
}

HistogramFamily& MetricRegistry::Histogram(MetricSpec spec) {
  CHECK(!spec.bounds.empty());
  return Add<HistogramFamily>(std::move(spec));
}

void MetricRegistry::BeforeReading(std::function<void()> refresh) {
  const std::lock_guard lock(mutex_);
  refreshers_.push_back(std::move(refresh));
}

std::vector<MetricFamily> MetricRegistry::Read() const {
  std::vector<std::function<void()>> refreshers;
  {
    const std::lock_guard lock(mutex_);
    refreshers = refreshers_;
  }
  for (const auto& refresh : refreshers) refresh();
  std::vector<MetricFamily> families = Describe();
  std::erase_if(families, [](const MetricFamily& family) { return family.samples.empty(); });
  return families;
}

std::vector<MetricFamily> MetricRegistry::Describe() const {
  const std::lock_guard lock(mutex_);
  std::vector<MetricFamily> families;
  families.reserve(families_.size());
  for (const auto& [name, family] : families_) families.push_back(family->Read());
  return families;
}

}  // namespace gitops
