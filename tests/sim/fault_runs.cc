#include "tests/sim/fault_runs.h"

#include <algorithm>

namespace gitops::sim {
namespace {

constexpr std::size_t kMostHistory = 50;

/// True when the engine has to come to the same end in spite of the fault: only a driver that says
/// "it does not work" or "nobody knows" may lead elsewhere.
bool MustConverge(const Fault& fault, const std::vector<PortCalls::Call>& calls) {
  const auto index = static_cast<std::size_t>(fault.call - 1);
  if (index >= calls.size()) return true;
  // A command that a person gave fails in their face; the next pass does not repeat it.
  if (calls[index].port == Port::kGitRead) return fault.kind != FaultKind::kFailInvalid;
  if (calls[index].port != Port::kEffect) return true;
  switch (fault.kind) {
    case FaultKind::kFailInvalid:
    case FaultKind::kReportLost:
    case FaultKind::kHalfApplied:
    case FaultKind::kHang:
      return false;
    default:
      return true;
  }
}

std::string HowItEnded(SimWorld& world) {
  bool resumed = false;
  bool redone = false;
  EventFilter filter;
  filter.limit = 200;
  for (const Event& event : Must(world.store().ListEvents(filter))) {
    if (event.type != "run.recovered") continue;
    redone |= event.message.find("by repeating") != std::string::npos;
    resumed = true;
  }
  return redone ? "redone" : resumed ? "resumed" : "finished";
}

std::vector<std::string> Newest(const std::vector<std::string>& lines) {
  const std::size_t skipped = lines.size() > kMostHistory ? lines.size() - kMostHistory : 0;
  return {lines.begin() + static_cast<std::ptrdiff_t>(skipped), lines.end()};
}

}  // namespace

std::string Describe(const Fault& fault, const std::vector<PortCalls::Call>& calls) {
  const auto index = static_cast<std::size_t>(fault.call - 1);
  return std::string(ToString(fault.kind)) + " at call " + std::to_string(fault.call) + ", " +
         (index < calls.size() ? calls[index].name : "never made");
}

FaultRuns::FaultRuns(const Scenario& scenario) : scenario_(scenario) {
  scenario_.before(start_);
  SimWorld world(start_, 0);
  scenario_.happens(world);
  world.calls.Arm({});
  Ask(world, {});
  reference_.calls = world.calls.calls();
  world.Quiesce();
  expected_ = world.Fingerprint();
  world.CheckFiles();
  reference_.violations = world.violations();
  reference_.history = Newest(world.history());
  reference_.outcome = "finished";
}

void FaultRuns::Ask(SimWorld& world, const std::vector<Fault>& faults) const {
  for (const Command& command : scenario_.commands) {
    for (std::size_t attempt = 0; attempt <= faults.size() + 1; ++attempt) {
      const bool ended = world.Do(command);
      if (ended && !world.last_error()) break;
      // After a crash the next thing is either the same command again or the next regular pass.
      const bool pass_first = !faults.empty() && faults.front().call % 2 == 0;
      if (!ended && pass_first && !world.Do(SimWorld::Reconcile())) continue;
    }
  }
}

FaultRun FaultRuns::Play(const std::vector<Fault>& faults, bool may_give_up) const {
  SimWorld world(start_, 0);
  return PlayIn(world, faults, may_give_up);
}

FaultRun FaultRuns::PlayTakeOver(int call) const {
  SimWorld world(start_, 0);
  bool taken = false;
  world.calls.between = [&](int number, Port) {
    if (number == call && !taken) {
      taken = true;
      world.TakeOver();
    }
  };
  return PlayIn(world, {{call, FaultKind::kNone}}, false);
}

FaultRun FaultRuns::PlayIn(SimWorld& world, const std::vector<Fault>& faults,
                           bool may_give_up) const {
  std::vector<AppRecord> untouched;
  for (const std::string& app : scenario_.bystanders) untouched.push_back(world.Record(app));
  const std::size_t effects_before = world.cloud.effects().size();
  scenario_.happens(world);
  world.calls.Arm(faults);
  Ask(world, faults);

  FaultRun run;
  run.calls = world.calls.calls();
  run.struck = world.calls.struck();
  world.calls.between = nullptr;
  world.Quiesce();
  const bool must_converge =
      !may_give_up && std::all_of(faults.begin(), faults.end(), [&](const Fault& fault) {
        return MustConverge(fault, run.calls);
      });
  const FaultRun judged = Judge(world, must_converge);
  run.outcome = judged.outcome;
  for (const AppRecord& before : untouched) {
    if (!(world.Record(before.id.name) == before)) {
      world.Violate("the record of " + before.id.ToString() + " changed, which nothing concerned");
    }
    for (std::size_t i = effects_before; i < world.cloud.effects().size(); ++i) {
      if (world.cloud.effects()[i].app == before.id) {
        world.Violate(world.cloud.effects()[i].ToString() + ", which nothing concerned");
      }
    }
  }
  world.CheckFiles();
  run.violations = world.violations();
  run.history = Newest(world.history());
  return run;
}

FaultRun FaultRuns::Judge(SimWorld& world, bool must_converge) const {
  FaultRun run;
  const std::string reached = world.Fingerprint();
  if (reached == expected_) {
    run.outcome = HowItEnded(world);
    return run;
  }
  run.outcome = "stalled";
  for (const AppRecord& app : world.Records()) {
    if (Rejects(app) && app.health == Health::kHealthy) run.outcome = "rolled back";
  }
  if (must_converge) {
    world.Violate("it ends as\n" + reached + "instead of\n" + expected_);
    return run;
  }
  for (const Command& command : scenario_.repair) world.Do(command);
  world.Quiesce();
  if (world.Fingerprint() != expected_) {
    world.Violate("a person's help ends in\n" + world.Fingerprint() + "instead of\n" + expected_ +
                  "; before it was\n" + reached);
  }
  return run;
}

}  // namespace gitops::sim
