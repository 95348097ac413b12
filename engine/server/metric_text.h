// Metrics as values and as text: Prometheus text format 0.0.4 and OpenMetrics 1.0. Pure: the same
// values give the same bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gitops {

enum class MetricKind { kCounter, kGauge, kHistogram };

/// One series of a family at one moment.
struct MetricSample {
  std::vector<std::string> labels;  ///< Values, one for each of the family's label names.
  double value = 0;                 ///< Counters and gauges.
  /// Histograms: how many values fell into each bucket (not cumulative); one more than bounds.
  std::vector<std::uint64_t> buckets;
  double sum = 0;
};

struct MetricFamily {
  std::string name;  ///< With its unit ("…_seconds"); counters without "_total".
  MetricKind kind = MetricKind::kGauge;
  std::string unit;  ///< "seconds", "bytes", or "".
  std::string help;
  std::vector<std::string> label_names;
  std::vector<double> bounds;  ///< Histograms: upper bounds, rising, without +Inf.
  std::vector<MetricSample> samples;
};

enum class MetricFormat {
  kPrometheus,   ///< "text/plain; version=0.0.4"
  kOpenMetrics,  ///< "application/openmetrics-text; version=1.0.0"
};

/// OpenMetrics when the client accepts it (every Prometheus of today does), else Prometheus.
MetricFormat ChooseMetricFormat(std::string_view accept);
std::string_view ContentType(MetricFormat format);

/// https://prometheus.io/docs/instrumenting/exposition_formats/ and
/// https://prometheus.io/docs/specs/om/open_metrics_spec/
std::string RenderMetrics(const std::vector<MetricFamily>& families, MetricFormat format);

}  // namespace gitops
