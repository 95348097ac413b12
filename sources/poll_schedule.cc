#include "sources/poll_schedule.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace gitops {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstBackoff{1'000};
constexpr milliseconds kMostBackoff{300'000};

/// Multiples of the golden ratio, cut to [0, 1): however many sources there are, the next one falls
/// into one of the largest gaps.
double PlaceOf(std::size_t index) {
  constexpr double kGoldenRatio = 0.618033988749894848;
  const double place = static_cast<double>(index) * kGoldenRatio;
  return place - std::floor(place);
}

milliseconds Part(milliseconds whole, double part) {
  return milliseconds(static_cast<std::int64_t>(static_cast<double>(whole.count()) * part));
}

}  // namespace

milliseconds PollBackoff(int failures) {
  const int doublings = std::clamp(failures - 1, 0, 10);
  return std::min(kMostBackoff, kFirstBackoff * (1 << doublings));
}

MonotonicTime PollSchedule::AfterSuccess(MonotonicTime now) {
  failures_ = 0;
  const milliseconds interval = std::max(interval_, milliseconds(1));
  const milliseconds place = Part(interval, PlaceOf(index_));
  const milliseconds since = (now.time_since_epoch() - place) % interval;
  const milliseconds passed = since < milliseconds(0) ? since + interval : since;
  return now + (interval - passed);
}

MonotonicTime PollSchedule::AfterFailure(MonotonicTime now, double jitter) {
  ++failures_;
  const double factor = 0.75 + std::clamp(jitter, 0.0, 1.0) / 2;
  return now + Part(PollBackoff(failures_), factor);
}

}  // namespace gitops
