// The cases of the golden suite: app states and reports, each with the texts it renders to.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "tests/golden/plan/golden_files.h"

namespace gitops::testing {

using GoldenCase = std::function<Texts()>;

/// Plans: plan.txt, plan.json, explain.txt.
std::map<std::string, GoldenCase> PlanCases();

/// Whole passes: report.txt.
std::map<std::string, GoldenCase> ReportCases();

}  // namespace gitops::testing
