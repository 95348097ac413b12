// SampleWorld: one of everything that commands show, for the golden suite.
#pragma once

#include "tests/support/fake_services.h"

namespace gitops::testing {

/// Fills reports, events, patterns and checks: good, bad, missing and hostile values.
void FillSampleWorld(FakeServices& services);

}  // namespace gitops::testing
