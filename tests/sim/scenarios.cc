#include "tests/sim/scenarios.h"

#include <chrono>
#include <iterator>
#include <utility>

#include "tests/sim/scenario_parts.h"

namespace gitops::sim {
namespace {

Scenario Create() {
  return Make(
      "create",
      [](SimWorld& world) {
        world.App("idle");
        Start(world);
      },
      [](SimWorld& world) {
        world.App("web");
        world.Push();
      });
}

Scenario Update() {
  return Make("update", TwoApps, [](SimWorld& world) {
    world.App("web").page = "page 2";
    world.App("web").memory = 2048;
    world.App("web").greeting = "good day";
    world.Push();
  });
}

Scenario Prune() {
  return Make(
      "delete by prune",
      [](SimWorld& world) {
        world.environment().prune = true;
        world.App("web").teardown = true;
        TwoApps(world);
      },
      [](SimWorld& world) {
        world.apps.erase("web");
        world.Push();
      },
      {SimWorld::Reconcile()}, {Down("web")});
}

/// The host does not go at the first attempts.
Scenario PruneLater() {
  Scenario scenario = Prune();
  scenario.name = "delete by prune, later";
  const auto prepare = scenario.before;
  scenario.before = [prepare](SimWorld& world) {
    prepare(world);
    world.cloud.busy_deletions = 3;
  };
  return scenario;
}

/// Two apps vanish, one of which needs the other: it has to go first.
Scenario PruneStack() {
  return Make(
      "delete of a stack",
      [](SimWorld& world) {
        world.environment().prune = true;
        world.environment().max_prune_percent = 100;
        world.App("zebra");
        world.App("web").depends_on = {"zebra"};
        TwoApps(world);
      },
      [](SimWorld& world) {
        world.apps.erase("web");
        world.apps.erase("zebra");
        world.Push();
      },
      {SimWorld::Reconcile()}, {Down("web"), Down("zebra")});
}

Scenario TakeDown() {
  return Make(
      "delete by down",
      [](SimWorld& world) {
        world.App("web").teardown = true;
        TwoApps(world);
      },
      [](SimWorld&) {}, {Down("web")}, {Down("web")});
}

/// Its manifest is gone, it is suspended, and a person takes it down.
Scenario TakeDownOrphan() {
  return Make(
      "down of an orphan",
      [](SimWorld& world) {
        TwoApps(world);
        world.Do(Suspend("web"));
        world.apps.erase("web");
        Start(world);
      },
      [](SimWorld&) {}, {Down("web")}, {Down("web")});
}

void TwoVersions(SimWorld& world) {
  TwoApps(world);
  world.App("web").page = "page 2";
  world.App("web").configure = "configure 2";
  Start(world);
}

Scenario UserRollback() {
  return Make("rollback", TwoVersions, [](SimWorld&) {}, {RollBack("web", 1)},
              {RollBack("web", 1)});
}

Scenario RollbackOfARollback() {
  return Make(
      "rollback of a rollback",
      [](SimWorld& world) {
        TwoVersions(world);
        world.Do(RollBack("web", 1));
        world.Quiesce();
      },
      [](SimWorld&) {}, {RollBack("web", 2)}, {RollBack("web", 2)});
}

Scenario RollbackWithRevert() {
  return Make("rollback with revert", TwoVersions, [](SimWorld&) {}, {RollBack("web", 1, true)},
              {RollBack("web", 1, true)});
}

Scenario AutomaticRollback() {
  return Make(
      "automatic rollback", TwoApps,
      [](SimWorld& world) {
        world.App("web").page = "page 2";
        world.App("web").check = "exit 3";
        world.Push();
      },
      {SimWorld::Reconcile()}, TryAgain("web"));
}

/// The way back does not work at the first attempts.
Scenario AutomaticRollbackLater() {
  return Make(
      "automatic rollback, later",
      [](SimWorld& world) {
        world.App("web").configure = "again later";
        TwoApps(world);
      },
      [](SimWorld& world) {
        world.App("web").configure = "configure 2";
        world.App("web").check = "exit 3";
        world.Push();
      },
      {SimWorld::Reconcile()}, TryAgain("web"));
}

Scenario FailedCreate() {
  return Make(
      "failed create",
      [](SimWorld& world) {
        world.App("idle");
        Start(world);
      },
      [](SimWorld& world) {
        world.App("web").setup = "exit 3";
        world.Push();
      });
}

/// It never works, and never says that it will not.
Scenario LaterAndLater() {
  return Make(
      "create, later",
      [](SimWorld& world) {
        world.App("idle");
        Start(world);
      },
      [](SimWorld& world) {
        world.App("web").configure = "try later";
        world.Push();
      });
}

Scenario PatternUpgrade() {
  Scenario scenario = Make("pattern change", TwoApps, [](SimWorld& world) {
    world.pattern_version = 2;
    world.Push();
  });
  scenario.bystanders.clear();
  scenario.repair.push_back(Resume("idle"));
  scenario.repair.push_back(SimWorld::ReconcileApp("idle"));
  return scenario;
}

Scenario PatternSwitch() {
  return Make("pattern switch", TwoApps, [](SimWorld& world) {
    world.App("web").pattern = "pair";
    world.Push();
  });
}

/// The host is replaced, and what comes after it fails: the old host has to come back, and the new
/// one must not stay.
Scenario FailedSwitch() {
  return Make("failed pattern switch", TwoApps, [](SimWorld& world) {
    world.App("web").pattern = "metal";
    world.App("web").setup = "exit 3";
    world.Push();
  });
}

Scenario DependencyFailure() {
  return Make(
      "dependency failure",
      [](SimWorld& world) {
        world.App("idle");
        Start(world);
      },
      [](SimWorld& world) {
        world.App("zebra").setup = "exit 3";
        world.App("web").depends_on = {"zebra"};
        world.Push();
      },
      {SimWorld::Reconcile()}, {Resume("zebra"), SimWorld::ReconcileApp("zebra"), Resume("web")});
}

Scenario DependencyOrder() {
  return Make(
      "dependencies",
      [](SimWorld& world) {
        world.App("idle");
        Start(world);
      },
      [](SimWorld& world) {
        world.App("zebra");
        world.App("web").depends_on = {"zebra"};
        world.Push();
      },
      {SimWorld::Reconcile()}, {Resume("zebra"), SimWorld::ReconcileApp("zebra"), Resume("web")});
}

Scenario Approval() {
  return Make(
      "approval",
      [](SimWorld& world) {
        world.environment().sync = SyncPolicy::kManual;
        world.App("idle");
        world.App("web");
        world.Push();
        world.Do(SimWorld::ReconcileApp("idle"));
        world.Do(SimWorld::ReconcileApp("web"));
        world.Quiesce();
      },
      [](SimWorld& world) {
        world.App("web").page = "page 2";
        world.Push();
      },
      {SimWorld::Reconcile(), SimWorld::ReconcileApp("web")});
}

Scenario ForcePush() {
  return Make("force-push", TwoVersions, [](SimWorld& world) {
    world.App("web").page = "page 3";
    world.Push();
    world.mirror.CollectGarbage("apps");
  });
}

Scenario SuspendAndResume() {
  return Make("suspend and resume", TwoApps, PushPage2,
              {Suspend("web"), SimWorld::Reconcile(), Resume("web"), SimWorld::Reconcile()});
}

Scenario StoppedBetweenActions() {
  return Make("stopped between two actions", TwoApps, PushPage2,
              {StoppedReconcile(), SimWorld::Reconcile()});
}

Scenario SuspendWhenStopped() {
  const Command suspend = [](const Session& session) {
    session.world.clock.Advance(std::chrono::seconds(1));
    return Suspend("web")(session);
  };
  return Make(
      "suspended between two actions", TwoApps, PushPage2,
      {StoppedReconcile(), suspend, SimWorld::Reconcile(), Resume("web"), SimWorld::Reconcile()});
}

Scenario ManyApps() {
  return Make(
      "many apps, one orphan",
      [](SimWorld& world) {
        world.App("web");
        world.App("gone");
        TwoApps(world);
      },
      [](SimWorld& world) {
        world.apps.erase("gone");
        world.App("web").greeting = "good day";
        world.App("new").depends_on = {"web"};
        world.App("broken").broken = "pattren: vm";
        world.App("broken").directory = "apps/broken";  // Nothing else tells its name.
        world.Push();
      },
      {SimWorld::Reconcile()},
      {Resume("web"), SimWorld::ReconcileApp("web"), Resume("new"), SimWorld::ReconcileApp("new")});
}

/// A renamed app in the same directory: one appears, one vanishes.
Scenario Rename() {
  return Make(
      "rename",
      [](SimWorld& world) {
        world.environment().prune = true;
        world.environment().max_prune_percent = 100;
        TwoApps(world);
      },
      [](SimWorld& world) {
        AppSpec shop("shop");
        shop.directory = world.App("web").directory;
        world.apps.erase("web");
        world.apps.emplace("shop", shop);
        world.Push();
      },
      {SimWorld::Reconcile()}, {Resume("shop"), SimWorld::ReconcileApp("shop"), Down("web")});
}

}  // namespace

std::vector<Scenario> Scenarios() {
  std::vector<Scenario> all = {Create(),
                               Update(),
                               Prune(),
                               PruneLater(),
                               PruneStack(),
                               TakeDown(),
                               TakeDownOrphan(),
                               UserRollback(),
                               RollbackOfARollback(),
                               RollbackWithRevert(),
                               AutomaticRollback(),
                               AutomaticRollbackLater(),
                               FailedCreate(),
                               LaterAndLater(),
                               PatternUpgrade(),
                               PatternSwitch(),
                               FailedSwitch(),
                               DependencyFailure(),
                               DependencyOrder(),
                               Approval(),
                               ForcePush(),
                               SuspendAndResume(),
                               StoppedBetweenActions(),
                               SuspendWhenStopped(),
                               ManyApps(),
                               Rename()};
  auto served = ServedScenarios();
  all.insert(all.end(), std::make_move_iterator(served.begin()),
             std::make_move_iterator(served.end()));
  return all;
}

}  // namespace gitops::sim
