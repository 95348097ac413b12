// Suite: what the tests of the simulator share while they run in one process: the table of
// outcomes, the marks, and how much is to be run.
#pragma once

#include "engine/base/mark.h"
#include "tests/sim/outcome_table.h"

namespace gitops::sim {

struct Suite {
  OutcomeTable table;
  MarkCollector marks;
  /// One in so many runs is made: of single failures, of pairs of faults, and of single crashes (of
  /// these all, unless a sanitizer makes everything slow). TFGRID_COMPOSE_SIM_THIN,
  /// TFGRID_COMPOSE_SIM_PAIRS.
  long thin = 1;
  long pairs = 1;
  long crashes = 1;
  long seeds = 0;       ///< How many seeds to play. TFGRID_COMPOSE_SIM_SEEDS.
  long first_seed = 1;  ///< TFGRID_COMPOSE_SIM_FROM.
  long only_seed = 0;   ///< Not 0: this one alone. TFGRID_COMPOSE_SIM_SEED.

  /// True when so much is run that every mark has to be reached.
  bool IsComplete() const;
};

/// The suite of this process; lives from before the first test until after the last one.
Suite& TheSuite();

/// The value of an environment variable as a number, or `otherwise`.
long NumberFrom(const char* variable, long otherwise);

}  // namespace gitops::sim
