// TraceCollector: makes spans of what an EngineObserver hears: one trace for each run, with a span
// for the run and one for each of its steps. Ids are digests of the run's number and of a seed, so
// that nothing has to be kept for them, and a run that goes on after a crash stays one trace. Holds
// a bounded number of finished spans; what is over is dropped and counted. Thread-safe, never
// blocks.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "engine/model/delivery.h"
#include "engine/model/engine_observer.h"
#include "engine/model/trace.h"

namespace gitops {

class TraceCollector : public EngineObserver {
 public:
  /// `seed`: something that no other state has, so that its runs have other ids.
  explicit TraceCollector(std::string seed, std::size_t most_spans = 10'000)
      : seed_(std::move(seed)), most_spans_(most_spans) {}

  void OnActionFinished(const ObservedAction& action) override;
  void OnRunFinished(const ObservedRun& run) override;

  /// Puts `run`, the root of a run's trace, below a span for the delivery that it came of: from
  /// when that was received to the end of the run.
  Span BeginWith(const Delivery& delivery, Span& run) const;

  /// The spans that are there, at most `limit`, oldest first; they are no longer the collector's.
  std::vector<Span> Take(std::size_t limit);
  std::uint64_t dropped() const;

 private:
  void Add(Span span);
  Span SpanOf(RunId run, std::string_view what) const;

  const std::string seed_;
  const std::size_t most_spans_;
  mutable std::mutex mutex_;  ///< Guards the members below.
  std::vector<Span> spans_;
  std::uint64_t dropped_ = 0;
};

}  // namespace gitops
