// The entry that libFuzzer calls; compiled once per target with TFGRID_COMPOSE_FUZZ_TARGET set to
// its function. Bounds the processor time of one input, and ends the process after
// $TFGRID_COMPOSE_FUZZ_SECONDS of it: unlike -timeout and -max_total_time, which measure the
// wall's, that does not depend on what else the machine does.
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <string>

#include "tests/fuzz/property.h"
#include "tests/fuzz/targets.h"

namespace {

/// The sanitizers make code several times slower; a second with them is far from one without.
constexpr double kMostSeconds = 1.0;

double SecondsOf(clockid_t clock) {
  std::timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// The processor time of the whole process; without end when none is given.
double MostSecondsInAll() {
  const char* text = std::getenv("TFGRID_COMPOSE_FUZZ_SECONDS");
  return text == nullptr ? 1e12 : std::strtod(text, nullptr);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const double most_in_all = MostSecondsInAll();
  const double started = SecondsOf(CLOCK_THREAD_CPUTIME_ID);
  gitops::fuzz::TFGRID_COMPOSE_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  const double took = SecondsOf(CLOCK_THREAD_CPUTIME_ID) - started;
  gitops::fuzz::Require(took <= kMostSeconds, "an input takes at most a second",
                        "it took " + std::to_string(took) + " s of processor time");
  // libFuzzer ends in good order after the input at hand when it gets this signal.
  if (SecondsOf(CLOCK_PROCESS_CPUTIME_ID) > most_in_all) std::raise(SIGUSR1);
  return 0;
}
