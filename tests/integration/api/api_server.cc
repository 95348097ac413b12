// A server on loopback for contract_test.py: the real front and API over a real state with a little
// in it, and a daemon that only notes what it is asked. Prints one line of JSON: its port and
// tokens. Reads commands on standard input, one a line, and answers each with "ok"; ends with it.
//   refuse KIND   from now on the daemon refuses with this kind of error
//   agree         it does what it is asked again
//   suspend       production/web is suspended
//   wait          a minute passes for the API
#include <nlohmann/json.hpp>

#include <fstream>
#include <iostream>

#include "engine/os/system_clock.h"
#include "engine/server/http_front.h"
#include "tests/support/api_world.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

void Fill(ApiWorld& world) {
  std::vector<AppRecord> apps = {FullApp("web"), NewApp("db", "staging")};
  apps.front().suspension.reset();
  for (int i = 0; i < 20; ++i) apps.push_back(NewApp("app-" + std::to_string(i)));
  CHECK(world.store().SaveApps(apps, {SomeEvent("made")}));
  const Action action = SomeAction("setup");
  AppRecord record = apps.front();
  const auto run = world.store().BeginRun(SomeRun(record, 0, {action, SomeAction("configure")}));
  CHECK(run);
  CHECK(world.store().MarkStarted(*run, 0));
  CHECK(world.store().MarkFinished(*run, 0, Success(action)));
  CHECK(world.store().MarkStarted(*run, 1));
  CHECK(world.store().MarkFinished(*run, 1, Outcome(ActionStatus::kFailed)));
  record.last_run = *run;
  CHECK(world.store().FinishRun(*run, Finished(record, RunStatus::kFailed)));
  std::ofstream(world.LogPath(*run)) << "one\ntwo\n";
  SourceSync sync;
  sync.source = SomeSource();
  CHECK(world.store().RecordSourceSync(sync));
  NewDelivery delivery;
  delivery.delivery.source = "apps";
  delivery.delivery.provider = "github";
  delivery.delivery.kind = "push";
  delivery.delivery.outcome = DeliveryOutcome::kAccepted;
  delivery.event = SomeEvent("a push");
  delivery.event->type = "webhook.accepted";
  CHECK(world.deliveries().RecordDeliveries({delivery}));
  // What it caused: one app with a run, one without.
  CHECK(world.deliveries().MarkLooked(
      "apps", 1, {"main@sha1:1234567", {{"production", "app-0"}, {"staging", "db"}}}));
  const auto caused = world.store().BeginRun(SomeRun(NewApp("app-0"), 0, {}));
  CHECK(caused);
  CHECK(world.store().FinishRun(*caused, Finished(NewApp("app-0"))));
  AppReport report;
  report.app = {"production", "web"};
  ActionReport made;
  made.address = {Phase::kApp, "setup", ""};
  made.changes = {{"environment.TZ", std::nullopt, "UTC"}};
  report.actions = {made};
  report.diagnostics = FullApp("web").diagnostics;
  SourceReport source;
  source.name = "apps";
  source.url = "https://example.org/apps.git";
  world.daemon().reader->report.apps = {report};
  world.daemon().reader->report.sources = {source};
  world.daemon().status.record = FullApp("web");
  world.daemon().status.snapshots = {SomeSnapshot({"production", "web"}, 1)};
}

void Obey(ApiWorld& world, const std::string& command) {
  if (command == "suspend") {
    CHECK(world.store().SaveApps({FullApp("web")}, {}));
  } else if (command == "wait") {
    world.clock().Advance(std::chrono::minutes(1));
  } else if (command == "agree") {
    world.daemon().refusal.reset();
  } else {
    const ErrorKind kind =
        command == "refuse conflict" ? ErrorKind::kConflict : ErrorKind::kCorruption;
    world.daemon().refusal = MakeError(kind, "refused for the test", "/canary/path");
  }
}

int Serve() {
  ApiWorld world;
  Fill(world);
  const nlohmann::json tokens = {
      {"viewer", world.NewToken(TokenRole::kViewer)},
      {"deployer", world.NewToken(TokenRole::kDeployer)},
      // Also what only commands of the machine may do is in the contract.
      {"admin", world.NewToken(TokenRole::kAdmin, "", std::nullopt, "loopback")},
      {"scoped", world.NewToken(TokenRole::kDeployer, "staging/*")},
  };
  Log log(LogLevel::kOff, LogFormat::kText);
  FrontOptions options;
  options.listen = {"127.0.0.1:0"};
  options.threads = 1;
  const SystemClock clock;
  auto front = HttpFront::Start(options, {{"api", world.shared_route()}}, clock, log);
  CHECK(front);
  std::cout << nlohmann::json{{"port", (*front)->ports().front()}, {"tokens", tokens}}.dump()
            << std::endl;
  std::string command;
  while (std::getline(std::cin, command)) {
    Obey(world, command);
    std::cout << "ok" << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace gitops

int main() { return gitops::Serve(); }
