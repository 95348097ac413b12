#include "differ/ordering.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>

namespace gitops {
namespace {

/// What a step is sorted by among those that are ready. Checks of the whole app come as late in
/// their phase as edges allow.
using Rank = std::tuple<Phase, bool, const StepAddress&>;

Rank RankOf(const Step& step) { return {step.address.phase, step.after_any, step.address}; }

struct ByRank {
  bool operator()(const Step* a, const Step* b) const { return RankOf(*a) < RankOf(*b); }
};

struct ByAddress {
  bool operator()(const StepAddress* a, const StepAddress* b) const { return *a < *b; }
};

/// Everything that has to come before `step`, each once, sorted; the addresses are the step's own.
std::vector<const StepAddress*> Predecessors(const Step& step) {
  std::vector<const StepAddress*> before;
  before.reserve(step.after.size() + step.consumes.size());
  for (const StepAddress& address : step.after) before.push_back(&address);
  for (const OutputRef& ref : step.consumes) before.push_back(&ref.step);
  std::sort(before.begin(), before.end(), ByAddress());
  const auto same = [](const StepAddress* a, const StepAddress* b) { return *a == *b; };
  before.erase(std::unique(before.begin(), before.end(), same), before.end());
  return before;
}

struct Sorted {
  std::vector<const Step*> ordered;
  std::vector<const Step*> stuck;  ///< Steps on a cycle or behind one, by rank.
};

/// Kahn's algorithm over ordered sets. Edges to addresses that are not there are ignored.
Sorted SortSteps(const std::map<StepAddress, const Step*>& steps) {
  std::map<const Step*, std::size_t> waiting_for;
  std::map<const Step*, std::vector<const Step*>> successors;
  std::set<const Step*, ByRank> ready;
  for (const auto& [address, step] : steps) {
    std::size_t count = 0;
    for (const StepAddress* before : Predecessors(*step)) {
      const auto found = steps.find(*before);
      if (found == steps.end()) continue;
      successors[found->second].push_back(step);
      ++count;
    }
    waiting_for[step] = count;
    if (count == 0) ready.insert(step);
  }
  Sorted sorted;
  while (!ready.empty()) {
    const Step* next = *ready.begin();
    ready.erase(ready.begin());
    sorted.ordered.push_back(next);
    for (const Step* successor : successors[next]) {
      if (--waiting_for[successor] == 0) ready.insert(successor);
    }
  }
  for (const auto& [address, step] : steps) {
    if (waiting_for[step] > 0) sorted.stuck.push_back(step);
  }
  return sorted;
}

Diagnostic Problem(std::string summary, const StepAddress& subject, std::string detail,
                   std::string hint) {
  Diagnostic problem;
  problem.summary = std::move(summary);
  problem.subject = subject.ToString();
  problem.detail = std::move(detail);
  problem.hint = std::move(hint);
  return problem;
}

/// "app.a -> app.b -> app.a": one way around, starting at any stuck step.
std::string CycleText(const std::vector<const Step*>& stuck) {
  std::map<StepAddress, const Step*> by_address;
  for (const Step* step : stuck) by_address[step->address] = step;
  std::vector<StepAddress> path;
  StepAddress at = stuck.front()->address;
  while (std::find(path.begin(), path.end(), at) == path.end()) {
    path.push_back(at);
    // Every stuck step waits for another stuck one, or it would not be stuck.
    for (const StepAddress* before : Predecessors(*by_address[at])) {
      if (by_address.contains(*before)) {
        at = *before;
        break;
      }
    }
  }
  std::string text = at.ToString();
  for (auto step = path.rbegin(); step != path.rend(); ++step) {
    text += " -> " + step->ToString();
    if (*step == at) break;
  }
  return text;
}

void CheckEdges(const std::map<StepAddress, const Step*>& steps, Diagnostics& problems) {
  static const std::string kHint = "check the pattern: tfgrid-compose patterns";
  for (const auto& [address, step] : steps) {
    for (const StepAddress* before : Predecessors(*step)) {
      if (!steps.contains(*before)) {
        problems.push_back(Problem("a step depends on a step that does not exist", address,
                                   "it needs " + before->ToString(), kHint));
      } else if (before->phase > address.phase) {
        problems.push_back(Problem("a step depends on a step of a later phase", address,
                                   "it needs " + before->ToString() +
                                       "; the phases run in the order infrastructure, network, "
                                       "platform, app",
                                   kHint));
      }
    }
  }
}

}  // namespace

Result<std::vector<const Step*>> OrderSteps(const std::vector<Step>& steps) {
  Diagnostics problems;
  std::map<StepAddress, const Step*> by_address;
  for (const Step& step : steps) {
    if (!by_address.emplace(step.address, &step).second) {
      problems.push_back(Problem("two steps have the same address", step.address,
                                 "each step of an app needs an address of its own",
                                 "check the pattern: tfgrid-compose patterns"));
    }
  }
  CheckEdges(by_address, problems);
  Sorted sorted = SortSteps(by_address);
  if (!sorted.stuck.empty() && problems.empty()) {
    problems.push_back(Problem("steps wait for each other in a circle",
                               sorted.stuck.front()->address, CycleText(sorted.stuck),
                               "remove one of these edges from the pattern"));
  }
  if (!problems.empty()) return Error(ErrorKind::kInvalid, std::move(problems));
  return std::move(sorted.ordered);
}

std::vector<const Step*> OrderForRemoval(const std::vector<const Step*>& steps) {
  std::map<StepAddress, const Step*> by_address;
  for (const Step* step : steps) by_address[step->address] = step;
  Sorted sorted = SortSteps(by_address);
  std::vector<const Step*> order = std::move(sorted.ordered);
  order.insert(order.end(), sorted.stuck.begin(), sorted.stuck.end());
  // Edges may have let a step of an earlier phase wait; the phases count more.
  std::stable_sort(order.begin(), order.end(), [](const Step* a, const Step* b) {
    return a->address.phase < b->address.phase;
  });
  std::reverse(order.begin(), order.end());
  return order;
}

}  // namespace gitops
