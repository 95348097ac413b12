#include "engine/server/metric_text.h"

#include <charconv>
#include <cmath>
#include <system_error>

#include "engine/base/check.h"

namespace gitops {
namespace {

/// Label values escape \, " and newline; help texts \ and newline, in OpenMetrics also ".
std::string Escaped(std::string_view text, bool quotes) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    if (c == '\n') {
      result += "\\n";
      continue;
    }
    if (c == '\\' || (quotes && c == '"')) result += '\\';
    result += c;
  }
  return result;
}

/// The shortest text that reads back as the same number.
std::string NumberText(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "+Inf" : "-Inf";
  char buffer[64];
  const auto written = std::to_chars(buffer, buffer + sizeof buffer, number);
  CHECK(written.ec == std::errc());
  return std::string(buffer, written.ptr);
}

/// A bound as the value of a label "le": OpenMetrics wants a canonical float, "1.0" for 1.
std::string BoundText(double bound) {
  std::string text = NumberText(bound);
  if (text.find_first_not_of("0123456789") == std::string::npos) text += ".0";
  return text;
}

std::string_view KindText(MetricKind kind) {
  switch (kind) {
    case MetricKind::kCounter:
      return "counter";
    case MetricKind::kGauge:
      return "gauge";
    case MetricKind::kHistogram:
      return "histogram";
  }
  return "untyped";
}

class Renderer {
 public:
  explicit Renderer(MetricFormat format) : open_(format == MetricFormat::kOpenMetrics) {}

  void Add(const MetricFamily& family) {
    if (family.samples.empty()) return;
    const bool counter = family.kind == MetricKind::kCounter;
    // Prometheus' own format names the family of a counter as its samples.
    const std::string name = family.name + (counter && !open_ ? "_total" : "");
    out_ += "# HELP " + name + " " + Escaped(family.help, open_) + "\n";
    out_ += "# TYPE " + name + " " + std::string(KindText(family.kind)) + "\n";
    if (open_ && !family.unit.empty()) out_ += "# UNIT " + name + " " + family.unit + "\n";
    for (const MetricSample& sample : family.samples) {
      CHECK(sample.labels.size() == family.label_names.size());
      if (family.kind == MetricKind::kHistogram) {
        AddHistogram(family, sample);
      } else {
        Line(family.name + (counter ? "_total" : ""), family, sample, "", sample.value);
      }
    }
  }

  std::string Take() && {
    if (open_) out_ += "# EOF\n";
    return std::move(out_);
  }

 private:
  void AddHistogram(const MetricFamily& family, const MetricSample& sample) {
    CHECK(sample.buckets.size() == family.bounds.size() + 1);
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < sample.buckets.size(); ++i) {
      total += sample.buckets[i];
      const std::string bound =
          i < family.bounds.size() ? BoundText(family.bounds[i]) : std::string("+Inf");
      Line(family.name + "_bucket", family, sample, "le=\"" + bound + "\"",
           static_cast<double>(total));
    }
    Line(family.name + "_sum", family, sample, "", sample.sum);
    Line(family.name + "_count", family, sample, "", static_cast<double>(total));
  }

  void Line(const std::string& name, const MetricFamily& family, const MetricSample& sample,
            const std::string& last_label, double value) {
    out_ += name;
    std::string labels;
    for (std::size_t i = 0; i < sample.labels.size(); ++i) {
      if (i > 0) labels += ',';
      labels += family.label_names[i] + "=\"" + Escaped(sample.labels[i], true) + "\"";
    }
    if (!last_label.empty()) labels += (labels.empty() ? "" : ",") + last_label;
    if (!labels.empty()) out_ += "{" + labels + "}";
    out_ += " " + NumberText(value) + "\n";
  }

  const bool open_;
  std::string out_;
};

}  // namespace

MetricFormat ChooseMetricFormat(std::string_view accept) {
  return accept.find("application/openmetrics-text") == std::string_view::npos
             ? MetricFormat::kPrometheus
             : MetricFormat::kOpenMetrics;
}

std::string_view ContentType(MetricFormat format) {
  return format == MetricFormat::kOpenMetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

std::string RenderMetrics(const std::vector<MetricFamily>& families, MetricFormat format) {
  Renderer renderer(format);
  for (const MetricFamily& family : families) renderer.Add(family);
  return std::move(renderer).Take();
}

}  // namespace gitops
