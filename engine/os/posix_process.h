// PosixProcessRunner: the real ProcessRunner. Stateless but for its counters, so all threads may
// share one; each Run blocks its caller and starts no thread.
#pragma once

#include "engine/base/clock.h"
#include "engine/base/work_counters.h"
#include "engine/os/process.h"

namespace gitops {

class PosixProcessRunner : public ProcessRunner {
 public:
  /// `clock` drives deadlines; `counters` (may be null) counts children. Both outlive the runner.
  PosixProcessRunner(const Clock& clock, WorkCounters* counters)
      : clock_(clock), counters_(counters) {}

  Result<ProcessResult> Run(const ProcessSpec& spec, std::stop_token stop) override;

 private:
  const Clock& clock_;
  WorkCounters* counters_;
};

}  // namespace gitops
