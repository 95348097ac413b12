#include "engine/reconcile/trace_collector.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/base/digest.h"

namespace gitops {

Span TraceCollector::SpanOf(RunId run, std::string_view what) const {
  const auto digest = [&](std::string_view part) {
    return Sha256(seed_ + "\n" + std::to_string(run) + "\n" + std::string(part));
  };
  Span span;
  const Sha256Bytes trace = digest("trace");
  std::copy_n(trace.begin(), span.trace.size(), span.trace.begin());
  const Sha256Bytes root = digest("run");
  if (what.empty()) {
    std::copy_n(root.begin(), span.id.size(), span.id.begin());
  } else {
    std::copy_n(root.begin(), span.parent.size(), span.parent.begin());
    const Sha256Bytes id = digest("step\n" + std::string(what));
    std::copy_n(id.begin(), span.id.size(), span.id.begin());
  }
  return span;
}

void TraceCollector::Add(Span span) {
  const std::lock_guard lock(mutex_);
  if (spans_.size() >= most_spans_) {
    ++dropped_;
    return;
  }
  spans_.push_back(std::move(span));
}

void TraceCollector::OnActionFinished(const ObservedAction& action) {
  const bool failed =
      action.status == ActionStatus::kFailed || action.status == ActionStatus::kUnknown;
  // A step that is tried again in its run is another span.
  Span span = SpanOf(action.run, action.address + "\n" +
                                     std::to_string(action.started.time_since_epoch().count()));
  span.name = "step " + action.address;
  span.start = action.started;
  span.end = std::max(action.started, action.finished);
  span.failed = failed;
  span.attributes = {{"tfgrid_compose.app", action.app.name},
                     {"tfgrid_compose.environment", action.app.environment},
                     {"tfgrid_compose.run", std::to_string(action.run)},
                     {"tfgrid_compose.phase", std::string(ToString(action.phase))},
                     {"tfgrid_compose.outcome", std::string(ToString(action.status))}};
  Add(std::move(span));
}

void TraceCollector::OnRunFinished(const ObservedRun& run) {
  Span span = SpanOf(run.run, "");
  span.run = run.run;
  span.name = "run " + std::string(ToString(run.kind));
  span.start = run.started;
  span.end = std::max(run.started, run.finished);
  span.failed = run.status == RunStatus::kFailed;
  span.attributes = {
      {"tfgrid_compose.app", run.app.name},
      {"tfgrid_compose.environment", run.app.environment},
      {"tfgrid_compose.run", std::to_string(run.run)},
      {"tfgrid_compose.source", run.source},
      {"tfgrid_compose.trigger", std::string(ToString(run.trigger))},
      {"tfgrid_compose.outcome", std::string(ToString(run.status))},
      {"vcs.ref.head.name", run.revision.ref},
      {"vcs.ref.head.revision", run.revision.commit.IsZero() ? "" : run.revision.commit.Hex()}};
  Add(std::move(span));
}

Span TraceCollector::BeginWith(const Delivery& delivery, Span& run) const {
  Span span = SpanOf(run.run, "delivery");
  span.parent = SpanId{};
  span.name = "delivery";
  span.start = std::min(delivery.received, run.start);
  span.end = run.end;
  span.failed = run.failed;
  span.attributes = {{"tfgrid_compose.delivery", std::to_string(delivery.id)},
                     {"tfgrid_compose.source", delivery.source},
                     {"tfgrid_compose.provider", delivery.provider},
                     {"tfgrid_compose.event", delivery.kind},
                     {"tfgrid_compose.request", delivery.request_id}};
  run.parent = span.id;
  run.run = 0;
  return span;
}

std::vector<Span> TraceCollector::Take(std::size_t limit) {
  const std::lock_guard lock(mutex_);
  const auto count = static_cast<std::ptrdiff_t>(std::min(limit, spans_.size()));
  std::vector<Span> taken(std::make_move_iterator(spans_.begin()),
                          std::make_move_iterator(spans_.begin() + count));
  spans_.erase(spans_.begin(), spans_.begin() + count);
  return taken;
}

std::uint64_t TraceCollector::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

}  // namespace gitops
