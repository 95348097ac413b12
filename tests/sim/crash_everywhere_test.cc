// Crash everywhere: every scenario with one fault of every kind at every call, and with two
// crashes.
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/sim/fault_runs.h"
#include "tests/sim/suite.h"

namespace gitops::sim {
namespace {

class CrashEverywhere : public testing::TestWithParam<Scenario> {
 protected:
  static std::string Report(const FaultRun& run) {
    std::string text;
    for (const std::string& sentence : run.violations) text += "\n  " + sentence;
    text += "\nwhat happened:";
    for (const std::string& line : run.history) text += "\n  " + line;
    return text;
  }

  static FaultRun Play(const FaultRuns& runs, const std::vector<Fault>& faults,
                       const std::string& kind) {
    const FaultRun run = runs.Play(faults);
    TheSuite().table.Add(runs.scenario().name, kind, run.outcome, run.violations.size());
    if (!run.violations.empty()) {
      std::string what;
      for (const Fault& fault : faults) what += "\n  " + Describe(fault, run.calls);
      ADD_FAILURE() << runs.scenario().name << what << Report(run);
    }
    return run;
  }
};

TEST_P(CrashEverywhere, OneFaultAtEveryCall) {
  const FaultRuns runs(GetParam());
  ASSERT_TRUE(runs.reference().violations.empty()) << Report(runs.reference());
  const auto& calls = runs.reference().calls;
  ASSERT_GT(calls.size(), 10U);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    for (const FaultKind kind : KindsAt(calls[i].port)) {
      Play(runs, {{static_cast<int>(i) + 1, kind}}, std::string(ToString(kind)));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Scenarios, CrashEverywhere, testing::ValuesIn(Scenarios()),
                         [](const auto& instance) {
                           std::string name;
                           for (const char c : instance.param.name) {
                             if (c != ' ' && c != ',' && c != '-') name += c;
                           }
                           return name;
                         });

}  // namespace
}  // namespace gitops::sim
