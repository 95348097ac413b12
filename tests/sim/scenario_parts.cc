#include "tests/sim/scenario_parts.h"

#include <memory>
#include <stop_token>
#include <utility>

namespace gitops::sim {

Command Resume(const std::string& app) {
  return [app](Engine& engine) -> Status {
    ASSIGN_OR_RETURN(const AppStatus status, engine.Resume(app));
    static_cast<void>(status);
    return {};
  };
}

Command Suspend(const std::string& app) {
  return [app](Engine& engine) -> Status {
    ASSIGN_OR_RETURN(const AppStatus status, engine.Suspend(app, "maintenance"));
    static_cast<void>(status);
    return {};
  };
}

Command RollBack(const std::string& app, int to, bool revert) {
  return [=](Engine& engine) -> Status {
    RollbackRequest request;
    request.app = app;
    request.to = to;
    request.revert = revert;
    ASSIGN_OR_RETURN(const ReconcileReport report, engine.Rollback(request, {}));
    if (!report.HasFailures()) return {};
    return MakeError(ErrorKind::kInvalid, "the report tells of failures", app);
  };
}

Command Down(const std::string& app) {
  return [app](Engine& engine) -> Status {
    auto report = engine.Down(app, false, {});
    if (report || report.error().kind == ErrorKind::kNotFound) return {};
    return std::move(report).error();
  };
}

Command StoppedReconcile() {
  return [](const Session& session) -> Status {
    std::stop_source stop;
    auto& between = session.world.calls.between;
    const auto others = between;
    between = [&](int call, Port port) {
      if (others) others(call, port);
      if (port == Port::kEffect) stop.request_stop();
    };
    const std::shared_ptr<void> put_back(nullptr, [&](void*) { between = others; });
    auto report = session.engine.Reconcile({}, stop.get_token());
    if (report || report.error().kind == ErrorKind::kCancelled) return {};
    return std::move(report).error();
  };
}

void Start(SimWorld& world) {
  world.Push();
  world.Quiesce();
}

void TwoApps(SimWorld& world) {
  world.App("idle");
  world.App("web");
  Start(world);
}

std::vector<Command> TryAgain(const std::string& app) {
  return {Resume(app), SimWorld::ReconcileApp(app)};
}

Scenario Make(std::string name, std::function<void(SimWorld&)> before,
              std::function<void(SimWorld&)> happens, std::vector<Command> commands,
              std::vector<Command> repair) {
  return {std::move(name),     std::move(before), std::move(happens),
          std::move(commands), {"idle"},          std::move(repair)};
}

void PushPage2(SimWorld& world) {
  world.App("web").page = "page 2";
  world.Push();
}

}  // namespace gitops::sim
