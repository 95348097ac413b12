// The whole engine on fakes, with two apps to begin with.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "engine/reconcile/engine.h"
#include "tests/support/engine_world.h"

namespace gitops {

class EngineFixture : public testing::Test {
 protected:
  using Steps = std::vector<std::string>;

  void PushApps() {
    world_.Push(MemoryTree()
                    .WithTree("web", EngineWorld::App("web"))
                    .WithTree("api", EngineWorld::App("api")));
  }
  void Start() {
    PushApps();
    world_.Reconcile();
    world_.machine.TakeCalls();
  }
  static RollbackRequest To(const std::string& app, std::optional<int> number = std::nullopt,
                            bool dry_run = false) {
    RollbackRequest request;
    request.app = app;
    request.to = number;
    request.dry_run = dry_run;
    return request;
  }
  /// A hook that is not what it was at the start.
  static MemoryFile SecondHook() {
    return MemoryFile("#!/bin/sh\n# second\nexit 0\n", EntryKind::kExecutable);
  }
  static Error Failure(ErrorKind kind = ErrorKind::kInvalid) {
    return MakeError(kind, "a hook failed", "exit code 3");
  }
  EngineWorld world_;
};

}  // namespace gitops
