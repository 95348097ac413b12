// Crash everywhere: every scenario with one fault of every kind at every call, and with two
// crashes.
#include <gtest/gtest.h>

#include <algorithm>

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

  /// Notes what came out, and fails the test when a rule was broken.
  static FaultRun Judge(const FaultRuns& runs, FaultRun run, const std::vector<Fault>& faults,
                        const std::string& kind) {
    TheSuite().table.Add(runs.scenario().name, kind, run.outcome, run.violations.size());
    if (run.violations.empty()) return run;
    std::string what;
    for (const Fault& fault : faults) what += "\n  " + Describe(fault, run.calls);
    ADD_FAILURE() << runs.scenario().name << ", " << kind << what << Report(run);
    return run;
  }

  static bool ChangesSomething(Port port) {
    return port == Port::kStoreWrite || port == Port::kGitWrite || port == Port::kEffect;
  }
};

TEST_P(CrashEverywhere, OneFaultAtEveryCall) {
  const FaultRuns runs(GetParam());
  ASSERT_TRUE(runs.reference().violations.empty()) << Report(runs.reference());
  const auto& calls = runs.reference().calls;
  ASSERT_GT(calls.size(), 10U);
  const long thin = TheSuite().thin;
  const long crashes = TheSuite().crashes;
  long failure = 0;
  long crash = 0;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    for (const FaultKind kind : KindsAt(calls[i].port)) {
      // What a driver did or did not do matters most; in a plain build nothing of that is left out.
      const bool always = calls[i].port == Port::kEffect && crashes == 1;
      // Dying before a call that only looks is dying before the one ahead of it.
      const bool same = kind == FaultKind::kCrashBefore && i > 0 && thin > 1 &&
                        !ChangesSomething(calls[i].port) && !ChangesSomething(calls[i - 1].port);
      if (same) continue;
      if (IsCrash(kind) ? ++crash % crashes != 0 : !always && ++failure % thin != 0) continue;
      const std::vector<Fault> faults = {{static_cast<int>(i) + 1, kind}};
      Judge(runs, runs.Play(faults), faults, std::string(ToString(kind)));
    }
  }
}

/// Only what changes something makes a difference: crashing after each of these calls is crashing
/// everywhere.
TEST_P(CrashEverywhere, ASecondCrashWhileRecovering) {
  const FaultRuns runs(GetParam());
  const auto& calls = runs.reference().calls;
  const long thin = TheSuite().pairs;
  long number = 0;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (!ChangesSomething(calls[i].port)) continue;
    if (static_cast<long>(i) % TheSuite().crashes != 0) continue;
    const Fault first{static_cast<int>(i) + 1, FaultKind::kCrashAfter};
    const auto after = runs.Play({first}).calls;
    for (std::size_t k = i + 1; k < after.size(); ++k) {
      if (!ChangesSomething(after[k].port) || ++number % thin != 0) continue;
      const std::vector<Fault> faults = {first, {static_cast<int>(k) + 1, FaultKind::kCrashAfter}};
      Judge(runs, runs.Play(faults), faults, "two crashes");
    }
  }
}

/// While an interrupted run is taken up, something else goes wrong once.
TEST_P(CrashEverywhere, AFailureWhileRecovering) {
  const FaultRuns runs(GetParam());
  const auto& calls = runs.reference().calls;
  const long thin = 3 * TheSuite().pairs;
  long number = 0;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (!ChangesSomething(calls[i].port)) continue;
    if (static_cast<long>(i) % TheSuite().crashes != 0) continue;
    const Fault first{static_cast<int>(i) + 1, FaultKind::kCrashAfter};
    const auto after = runs.Play({first}).calls;
    for (std::size_t k = i + 1; k < after.size(); ++k) {
      for (const FaultKind kind : KindsAt(after[k].port)) {
        if (IsCrash(kind) || ++number % thin != 0) continue;
        const std::vector<Fault> faults = {first, {static_cast<int>(k) + 1, kind}};
        Judge(runs, runs.Play(faults), faults, "crash, then a failure");
      }
    }
  }
}

/// The same action kills the engine whenever it is carried out.
TEST_P(CrashEverywhere, AnActionThatAlwaysKillsTheEngine) {
  const FaultRuns runs(GetParam());
  const auto& calls = runs.reference().calls;
  long number = 0;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (calls[i].port != Port::kEffect) continue;
    if (++number % TheSuite().crashes != 0) continue;
    std::vector<Fault> faults = {{static_cast<int>(i) + 1, FaultKind::kHalfAppliedCrash}};
    FaultRun run = runs.Play(faults, true);
    while (faults.size() < 6) {
      const auto begin = run.calls.begin() + faults.back().call;
      const auto again = std::find_if(begin, run.calls.end(), [&](const PortCalls::Call& call) {
        return call.name == calls[i].name;
      });
      if (again == run.calls.end()) break;
      faults.push_back({static_cast<int>(again - run.calls.begin()) + 1, faults.front().kind});
      run = runs.Play(faults, true);
    }
    Judge(runs, std::move(run), faults, "crash at each attempt");
  }
}

TEST_P(CrashEverywhere, AnotherProcessTakesOver) {
  const FaultRuns runs(GetParam());
  const auto& calls = runs.reference().calls;
  // At every call in a plain build: a mistake was once at one of the calls that were left out.
  const long thin = TheSuite().crashes == 1 ? 1 : TheSuite().thin;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    // What a driver has begun cannot be called back: the lease guards the journal, not the machine.
    if (calls[i].port == Port::kEffect || static_cast<long>(i) % thin != 0) continue;
    // Nor can what Git was asked to keep: both number their snapshots alike, and when they have
    // seen different commits, the one that is late keeps its own under the other's number.
    if (calls[i].port == Port::kGitWrite && GetParam().pushes_meanwhile) continue;
    Judge(runs, runs.PlayTakeOver(static_cast<int>(i) + 1),
          {{static_cast<int>(i) + 1, FaultKind::kNone}}, "taken over");
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
