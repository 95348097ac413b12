// The entry that libFuzzer calls; compiled once per target with TFGRID_COMPOSE_FUZZ_TARGET set to
// its function. Bounds the processor time of one input: unlike -timeout, which measures the wall's,
// that does not depend on what else the machine does.
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>

#include "tests/fuzz/property.h"
#include "tests/fuzz/targets.h"

namespace {

/// The sanitizers make code several times slower; a second with them is far from one without.
constexpr double kMostSeconds = 1.0;

double ProcessorSeconds() {
  std::timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const double started = ProcessorSeconds();
  gitops::fuzz::TFGRID_COMPOSE_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  const double took = ProcessorSeconds() - started;
  gitops::fuzz::Require(took <= kMostSeconds, "an input takes at most a second",
                        "it took " + std::to_string(took) + " s of processor time");
  return 0;
}
