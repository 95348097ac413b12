#include "differ/ordering.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

namespace gitops {
namespace {

/// What a step is sorted by among those that are ready. Checks of the whole app come as late in
/// their phase as edges allow.
using Rank = std::tuple<Phase, bool, const StepAddress&>;

Rank RankOf(const Step& step) { return {step.address.phase, step.after_any, step.address}; }

/// Steps by address, each address once.
using Steps = std::vector<const Step*>;

bool HasLowerAddress(const Step* a, const Step* b) { return a->address < b->address; }
bool HasSameAddress(const Step* a, const Step* b) { return a->address == b->address; }

/// Where the step at `address` stands; `steps.size()` when there is none.
std::size_t IndexOf(const Steps& steps, const StepAddress& address) {
  const auto found = std::lower_bound(
      steps.begin(), steps.end(), address,
      [](const Step* step, const StepAddress& wanted) { return step->address < wanted; });
  if (found == steps.end() || (*found)->address != address) return steps.size();
  return static_cast<std::size_t>(found - steps.begin());
}

/// Everything that has to come before `step`, each once, sorted; the addresses are the step's own.
std::vector<const StepAddress*> Predecessors(const Step& step) {
  std::vector<const StepAddress*> before;
  before.reserve(step.after.size() + step.consumes.size());
  for (const StepAddress& address : step.after) before.push_back(&address);
  for (const OutputRef& ref : step.consumes) before.push_back(&ref.step);
  std::sort(before.begin(), before.end(),
            [](const StepAddress* a, const StepAddress* b) { return *a < *b; });
  const auto same = [](const StepAddress* a, const StepAddress* b) { return *a == *b; };
  before.erase(std::unique(before.begin(), before.end(), same), before.end());
  return before;
}

struct Sorted {
  std::vector<const Step*> ordered;
  std::vector<const Step*> stuck;  ///< Steps on a cycle or behind one, by rank.
};

/// Which steps wait for which others, by their places among `steps`. Edges to addresses that are
/// not there are ignored.
struct Waits {
  std::vector<std::pair<std::size_t, std::size_t>> edges;  ///< Sorted: first this, then that.
  std::vector<std::size_t> counts;                         ///< How many each waits for.
};

Waits FindWaits(const Steps& steps) {
  Waits waits;
  waits.counts.resize(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (const StepAddress* before : Predecessors(*steps[i])) {
      const std::size_t found = IndexOf(steps, *before);
      if (found == steps.size()) continue;
      waits.edges.emplace_back(found, i);
      ++waits.counts[i];
    }
  }
  std::sort(waits.edges.begin(), waits.edges.end());
  return waits;
}

/// Kahn's algorithm.
Sorted SortSteps(const Steps& steps) {
  auto [edges, counts] = FindWaits(steps);
  std::vector<std::size_t> ready;  // The next one at its end.
  const auto add = [&](std::size_t step) {
    const auto later = [&steps](std::size_t a, std::size_t b) {
      return RankOf(*steps[b]) < RankOf(*steps[a]);
    };
    ready.insert(std::upper_bound(ready.begin(), ready.end(), step, later), step);
  };
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (counts[i] == 0) add(i);
  }
  Sorted sorted;
  sorted.ordered.reserve(steps.size());
  while (!ready.empty()) {
    const std::size_t next = ready.back();
    ready.pop_back();
    sorted.ordered.push_back(steps[next]);
    auto edge = std::lower_bound(edges.begin(), edges.end(), std::pair(next, std::size_t{0}));
    for (; edge != edges.end() && edge->first == next; ++edge) {
      if (--counts[edge->second] == 0) add(edge->second);
    }
  }
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (counts[i] > 0) sorted.stuck.push_back(steps[i]);
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

void CheckEdges(const Steps& steps, Diagnostics& problems) {
  static const std::string kHint = "check the pattern: tfgrid-compose patterns";
  for (const Step* step : steps) {
    for (const StepAddress* before : Predecessors(*step)) {
      if (IndexOf(steps, *before) == steps.size()) {
        problems.push_back(Problem("a step depends on a step that does not exist", step->address,
                                   "it needs " + before->ToString(), kHint));
      } else if (before->phase > step->address.phase) {
        problems.push_back(Problem("a step depends on a step of a later phase", step->address,
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
  Steps by_address;
  by_address.reserve(steps.size());
  for (const Step& step : steps) by_address.push_back(&step);
  std::stable_sort(by_address.begin(), by_address.end(), HasLowerAddress);
  for (std::size_t i = 1; i < by_address.size(); ++i) {
    if (!HasSameAddress(by_address[i - 1], by_address[i])) continue;
    problems.push_back(Problem("two steps have the same address", by_address[i]->address,
                               "each step of an app needs an address of its own",
                               "check the pattern: tfgrid-compose patterns"));
  }
  by_address.erase(std::unique(by_address.begin(), by_address.end(), HasSameAddress),
                   by_address.end());
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
  Steps by_address = steps;
  std::stable_sort(by_address.begin(), by_address.end(), HasLowerAddress);
  // Of two at one address the later one counts.
  const auto last = std::unique(by_address.rbegin(), by_address.rend(), HasSameAddress);
  by_address.erase(by_address.begin(), last.base());
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
