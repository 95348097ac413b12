#include "tests/sim/random_history.h"

#include <algorithm>

namespace gitops::sim {
namespace {

const std::vector<std::string> kNames = {"ant", "bee", "cat", "dog", "elk"};

Error NoAnswer() { return MakeError(ErrorKind::kTransient, "no answer", "the remote is silent"); }

}  // namespace

RandomHistory::RandomHistory(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15U + 1) {}

/// splitmix64: good enough to choose, and the same on every machine.
std::uint64_t RandomHistory::Below(std::uint64_t bound) {
  state_ += 0x9E3779B97F4A7C15U;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  return (mixed ^ (mixed >> 31U)) % bound;
}

std::string RandomHistory::AnyName() {
  const std::string& name = kNames[Below(kNames.size())];
  return world_.apps.contains(name) || OneIn(4) ? name : kNames[Below(3)];
}

void RandomHistory::EditApp(AppSpec& app) {
  const std::string number = std::to_string(Below(4));
  switch (Below(10)) {
    case 0:
      app.page = "page " + number;
      break;
    case 1:
      app.memory = 512 << Below(3);
      break;
    case 2:
      app.greeting = "greeting " + number;
      break;
    case 3:
      app.setup = OneIn(3) ? "exit 3" : "setup " + number;
      break;
    case 4:
      app.configure = OneIn(4) ? "exit 3" : OneIn(6) ? "try later" : "configure " + number;
      break;
    case 5:
      app.check = OneIn(3) ? "exit 3" : "check " + number;
      break;
    case 6:
      app.pattern = std::vector<std::string>{"vm", "metal", "pair"}[Below(3)];
      break;
    case 7:
      app.teardown = OneIn(2);
      break;
    case 8:
      app.depends_on.clear();
      for (const std::string& name : kNames) {
        if (name > app.name && OneIn(2)) app.depends_on.push_back(name);
      }
      break;
    default:
      app.broken = OneIn(4) ? "pattren: vm" : "";
      break;
  }
}

void RandomHistory::EditRepository() {
  for (std::uint64_t edits = 1 + Below(3); edits > 0; --edits) {
    const std::string name = AnyName();
    if (!world_.apps.contains(name)) {
      AppSpec& app = world_.App(name);
      app.directory = "apps/" + name;  // A manifest that cannot be read tells no other name.
      if (OneIn(2)) EditApp(app);
    } else if (OneIn(6)) {
      world_.apps.erase(name);
    } else {
      EditApp(world_.App(name));
    }
  }
  if (OneIn(12)) world_.pattern_version = static_cast<int>(1 + Below(3));
  world_.Push();
}

void RandomHistory::DisturbGit() {
  switch (Below(4)) {
    case 0:
      world_.mirror.Fail("apps", "Fetch", NoAnswer(), static_cast<int>(1 + Below(3)));
      world_.Note("the remote is silent");
      break;
    case 1:
      world_.mirror.RemoveRef("apps");
      world_.Note("the branch is deleted");
      break;
    case 2:
      world_.Push();
      world_.mirror.CollectGarbage("apps");
      world_.Note("force-push, and the old objects are gone");
      break;
    default:
      world_.mirror.Fail("apps", "Open", NoAnswer(), 1, static_cast<int>(Below(6)));
      world_.Note("a tree cannot be read");
      break;
  }
}

Command RandomHistory::AnyCommand() {
  const std::string name = AnyName();
  const auto ignoring = [](auto result) -> Status {
    if (!result) return std::move(result).error();
    return {};
  };
  switch (Below(18)) {
    case 0: {
      RollbackRequest request;
      request.app = name;
      if (OneIn(2)) request.to = static_cast<int>(1 + Below(4));
      request.revert = OneIn(4);
      return [=](Engine& engine) { return ignoring(engine.Rollback(request, {})); };
    }
    case 1:
      return [=](Engine& engine) { return ignoring(engine.Suspend(name, "maintenance")); };
    case 2:
      return [=](Engine& engine) { return ignoring(engine.Resume(name)); };
    case 3:
      return [=](Engine& engine) { return ignoring(engine.Down(name, false, {})); };
    case 4:
    case 5:
      return SimWorld::ReconcileApp(name);
    case 6: {
      ReconcileRequest request;
      request.dry_run = true;
      return SimWorld::Reconcile(request);
    }
    case 7:
    case 8:
    case 9:
    case 10:
      return SimWorld::Serve(AnyTurn());
    default: {
      ReconcileRequest request;
      request.prune = OneIn(6);
      return SimWorld::Reconcile(request);
    }
  }
}

Turn RandomHistory::AnyTurn() {
  Turn turn;
  turn.hears = !OneIn(4);
  for (std::uint64_t count = OneIn(2) ? Below(4) : 0; count > 0; --count) {
    turn.deliveries.push_back("push-" + std::to_string(Below(8)));
  }
  const int at = OneIn(3) ? static_cast<int>(1 + Below(4)) : 0;
  turn.meanwhile = [this, at](SimWorld&, int piece) {
    if (piece == at) Reconfigure();
  };
  return turn;
}

void RandomHistory::Reconfigure() {
  if (OneIn(3)) return world_.ConfigureBadly();
  world_.Configure([this](EnvironmentSpec& environment) {
    environment.prune = OneIn(2);
    environment.sync = OneIn(4) ? SyncPolicy::kManual : SyncPolicy::kAuto;
    environment.on_failure = OneIn(2) ? OnFailure::kHold : OnFailure::kRollback;
  });
}

void RandomHistory::Step() {
  if (OneIn(2)) EditRepository();
  if (OneIn(8)) DisturbGit();
  if (OneIn(10)) world_.environment().prune = OneIn(2);
  if (OneIn(10)) {
    world_.environment().on_failure = OneIn(2) ? OnFailure::kHold : OnFailure::kRollback;
  }
  if (OneIn(12)) {
    world_.environment().sync = OneIn(2) ? SyncPolicy::kManual : SyncPolicy::kAuto;
  }
  if (OneIn(6)) world_.clock.Advance(std::chrono::minutes(Below(10)));
  if (OneIn(15)) world_.Restart();
  std::vector<Fault> faults;
  for (std::uint64_t count = Below(4); count > 0; --count) {
    // Passes are short or long; in a long one the middle is as interesting as the beginning.
    const std::uint64_t reach = OneIn(2) ? 25 : 120;
    faults.push_back({static_cast<int>(1 + Below(reach)), static_cast<FaultKind>(1 + Below(9))});
  }
  world_.calls.Arm(faults);
  const int push_at = OneIn(3) ? static_cast<int>(1 + Below(50)) : 0;
  const int taken_at = OneIn(12) ? static_cast<int>(1 + Below(50)) : 0;
  const bool tells = OneIn(2);
  bool pushed = false;
  bool taken = false;
  world_.calls.between = [&](int call, Port port) {
    if (push_at != 0 && call >= push_at && !std::exchange(pushed, true)) {
      EditRepository();
      if (tells) world_.Deliver("between-" + std::to_string(call));
    }
    const bool fits = port != Port::kEffect && port != Port::kObserve;
    if (taken_at != 0 && call >= taken_at && fits && !std::exchange(taken, true)) {
      world_.TakeOver();
    }
  };
  world_.Do(AnyCommand());
  world_.calls.between = nullptr;
  world_.calls.Disarm();
  world_.CheckFiles();
}

void RandomHistory::Mend() {
  world_.mirror.Heal("apps");
  world_.environment().prune = true;
  world_.environment().max_prune_percent = 100;
  world_.environment().sync = SyncPolicy::kAuto;
  for (auto& [name, app] : world_.apps) {
    app.broken.clear();
    for (std::string* script : {&app.setup, &app.configure, &app.check}) {
      if (*script == "exit 3" || *script == "try later") *script = "mended";
    }
    std::erase_if(app.depends_on,
                  [&](const std::string& other) { return !world_.apps.contains(other); });
  }
  world_.Push();
  for (const AppRecord& app : world_.Records()) {
    world_.Do([&](Engine& engine) -> Status {
      const auto resumed = engine.Resume(app.id.ToString());
      if (!resumed) return resumed.error();
      return {};
    });
  }
}

void RandomHistory::CheckMended() {
  for (const AppRecord& app : world_.Records()) {
    if (app.sync == SyncStatus::kSynced) continue;
    world_.Violate(app.id.ToString() +
                   " does not come up although nothing is in its way: " + app.reason);
  }
}

std::vector<std::string> RandomHistory::Play() {
  for (const std::string& name : {std::string("ant"), std::string("bee"), std::string("cat")}) {
    world_.App(name).directory = "apps/" + name;
  }
  world_.Push();
  for (std::uint64_t steps = 10 + Below(16); steps > 0 && world_.violations().empty(); --steps) {
    Step();
  }
  if (!world_.violations().empty()) return world_.violations();
  world_.Note("faults end");
  world_.mirror.Heal("apps");
  world_.Push();
  world_.Quiesce();
  if (!world_.violations().empty()) return world_.violations();
  world_.Note("everything is mended");
  Mend();
  world_.Quiesce();
  CheckMended();
  world_.CheckFiles();
  return world_.violations();
}

std::vector<std::string> RandomHistory::Newest(std::size_t count) const {
  const auto& lines = world_.history();
  const std::size_t skipped = lines.size() > count ? lines.size() - count : 0;
  return {lines.begin() + static_cast<std::ptrdiff_t>(skipped), lines.end()};
}

}  // namespace gitops::sim
