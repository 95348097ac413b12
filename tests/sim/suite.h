// Suite: what the tests of the simulator share while they run in one process: the table of
// outcomes, the marks, and how much is to be run.
#pragma once

#include "engine/base/mark.h"
#include "tests/sim/outcome_table.h"

namespace gitops::sim {

struct Suite {
  OutcomeTable table;
  MarkCollector marks;
};

/// The suite of this process; lives from before the first test until after the last one.
Suite& TheSuite();

/// The value of an environment variable as a number, or `otherwise`.
long NumberFrom(const char* variable, long otherwise);

}  // namespace gitops::sim
