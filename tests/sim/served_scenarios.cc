// Scenarios in which the daemon serves: pushes, webhooks at bad moments, configurations that
// change.
#include <memory>
#include <utility>

#include "tests/sim/scenario_parts.h"

namespace gitops::sim {
namespace {

/// A daemon serves a turn; `expected` must hold after it, unless anything went wrong.
Command ServeAndExpect(Turn turn, std::function<bool(SimWorld&)> holds, std::string expected) {
  return [=](const Session& session) -> Status {
    SimWorld& world = session.world;
    RETURN_IF_ERROR(SimWorld::Serve(turn)(session));
    const bool quiet = world.calls.struck() == 0 && !world.HasLostState();
    if (quiet && !holds(world)) world.Violate("not so: " + expected);
    return {};
  };
}

bool IsSynced(SimWorld& world) { return world.Record("web").sync == SyncStatus::kSynced; }

Scenario ServedStack() {
  return Make("served push of a stack", TwoApps,
              [](SimWorld& world) {
                world.App("web").depends_on = {"zebra"};
                world.App("web").page = "page 2";
                world.App("zebra");
                world.Push();
              },
              {SimWorld::Serve()},
              {Resume("zebra"), SimWorld::ReconcileApp("zebra"), Resume("web"),
               SimWorld::ReconcileApp("web")});
}

Scenario ServedFailure() {
  return Make("served update that fails", TwoApps,
              [](SimWorld& world) {
                world.App("web").check = "exit 3";
                world.Push();
              },
              {SimWorld::Serve()});
}

Scenario ServedPrune() {
  return Make(
      "served delete of a stack",
      [](SimWorld& world) {
        world.environment().prune = true;
        world.environment().max_prune_percent = 100;
        world.App("idle");
        world.App("web").depends_on = {"zebra"};
        world.App("zebra");
        Start(world);
      },
      [](SimWorld& world) {
        world.apps.erase("web");
        world.apps.erase("zebra");
        world.Push();
      },
      {SimWorld::Serve()}, {Down("web"), Down("zebra")});
}

/// A forge that sends one push several times.
Scenario ServedDeliveries() {
  Turn turn;
  turn.deliveries = {"push-2", "push-2", "again"};
  return Make("served webhooks", TwoApps, PushPage2,
              {ServeAndExpect(turn, IsSynced, "what the webhooks told of is applied")});
}

void PushPage3(SimWorld& world) {
  world.App("web").page = "page 3";
  world.Push();
  world.Deliver("in a look");
}

/// A push and its webhook come while the daemon looks at the source, after the remote has told the
/// commit before it.
Scenario ServedDeliveryInALook() {
  const Command serve = [](const Session& session) -> Status {
    SimWorld& world = session.world;
    auto& between = world.calls.between;
    const auto others = between;
    bool pushed = world.App("web").page == "page 3";
    between = [&](int call, Port port) {
      if (others) others(call, port);
      const bool after_fetch =
          port == Port::kGitRead && world.calls.calls().back().name != "git.Fetch";
      if (after_fetch && !std::exchange(pushed, true)) PushPage3(world);
    };
    const std::shared_ptr<void> put_back(nullptr, [&](void*) { between = others; });
    Turn turn;
    // Taken up after a crash, the look may find nothing to read.
    turn.meanwhile = [&](SimWorld&, int) {
      if (!std::exchange(pushed, true)) PushPage3(world);
    };
    return ServeAndExpect(turn, IsSynced, "what was pushed during a look is applied")(session);
  };
  Scenario scenario = Make("served webhook in a look", TwoApps, PushPage2, {serve});
  scenario.pushes_meanwhile = true;
  return scenario;
}

/// Everything waits for a person, until the configuration says otherwise.
Scenario ServedReload() {
  Turn turn;
  turn.meanwhile = [](SimWorld& world, int piece) {
    if (piece != 1) return;
    world.Configure([](EnvironmentSpec& environment) { environment.sync = SyncPolicy::kAuto; });
  };
  return Make("served reload",
              [](SimWorld& world) {
                TwoApps(world);
                world.environment().sync = SyncPolicy::kManual;
              },
              PushPage2,
              {ServeAndExpect(turn, IsSynced, "the next look follows the new configuration")});
}

/// A configuration with errors comes in the middle of the work, and later a good one.
Scenario ServedBadReload() {
  Turn turn;
  turn.deliveries = {"push-2"};
  turn.meanwhile = [](SimWorld& world, int piece) {
    if (piece == 1) world.ConfigureBadly();
    if (piece == 2) world.Configure([](EnvironmentSpec&) {});
  };
  return Make("served bad reload", TwoApps, PushPage2,
              {ServeAndExpect(turn, IsSynced, "work goes on with the old configuration")});
}

}  // namespace

std::vector<Scenario> ServedScenarios() {
  return {ServedStack(),           ServedFailure(), ServedPrune(),    ServedDeliveries(),
          ServedDeliveryInALook(), ServedReload(),  ServedBadReload()};
}

}  // namespace gitops::sim
