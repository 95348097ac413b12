// PosixProcessRunner: the real ProcessRunner. Stateless but for its counters, so all threads may
// share one; each Run blocks its caller and starts no thread.
#pragma once

#include "engine/base/clock.h"
#include "engine/base/work_counters.h"
#include "engine/os/nursery.h"
#include "engine/os/process.h"
#include "engine/os/warden.h"

namespace gitops {

class PosixProcessRunner : public ProcessRunner {
 public:
  /// `clock` drives deadlines; `counters` (may be null) counts children; `warden` (may be null)
  /// guards those that ask for it. All outlive the runner.
  PosixProcessRunner(const Clock& clock, WorkCounters* counters, const Warden* warden = nullptr)
      : clock_(clock), counters_(counters), warden_(warden) {}

  /// What `nursery` (may be null; outlives the runner or is taken back) serves comes from there as
  /// long as it lives, and is started as a program after that. REQUIRES: nothing runs.
  void UseNursery(const Nursery* nursery) { nursery_ = nursery; }

  Result<ProcessResult> Run(const ProcessSpec& spec, std::stop_token stop) override;

 private:
  const Clock& clock_;
  WorkCounters* counters_;
  const Warden* warden_;
  const Nursery* nursery_ = nullptr;
};

}  // namespace gitops
