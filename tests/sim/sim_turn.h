// Turn: a time that a daemon serves in the simulator, and what comes to it meanwhile.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace gitops::sim {

class SimWorld;

struct Turn {
  /// It gets to look at its sources; else it is gone before.
  bool hears = true;
  /// Webhooks by the forge's own names, sent one at a time; each tells of the newest push.
  std::vector<std::string> deliveries;
  /// Happens between two pieces of its work, counted from 1: a push, another configuration.
  std::function<void(SimWorld&, int piece)> meanwhile;
};

}  // namespace gitops::sim
