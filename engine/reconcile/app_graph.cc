#include "engine/reconcile/app_graph.h"

#include <algorithm>
#include <functional>
#include <set>

#include "engine/base/check.h"

namespace gitops {

std::vector<AppId> DependencyIds(const std::string& environment,
                                 const std::vector<std::string>& depends_on) {
  std::vector<AppId> ids;
  for (const std::string& name : depends_on) {
    if (name.find('/') == std::string::npos) {
      if (IsValidName(name)) ids.push_back(AppId{environment, name});
    } else if (auto id = ParseAppId(name)) {
      ids.push_back(*std::move(id));
    }
  }
  return ids;
}

std::optional<std::string> FindCycle(const AppId& start,
                                     const std::map<AppId, std::vector<AppId>>& edges) {
  // Depth first with an explicit stack: a chain of apps may be long.
  struct Frame {
    AppId app;
    std::size_t next = 0;
  };
  std::vector<Frame> path{{start, 0}};
  std::set<AppId> seen{start};
  while (!path.empty()) {
    Frame& top = path.back();
    const auto found = edges.find(top.app);
    if (found == edges.end() || top.next >= found->second.size()) {
      path.pop_back();
      continue;
    }
    const AppId next = found->second[top.next++];
    if (next == start) {
      std::string text;
      for (const Frame& frame : path) text += frame.app.name + " -> ";
      return text + start.name;
    }
    if (seen.insert(next).second) path.push_back({next, 0});
  }
  return std::nullopt;
}

AppOrder::AppOrder(std::vector<std::vector<std::size_t>> waits_for)
    : waits_for_(std::move(waits_for)),
      waited_by_(waits_for_.size()),
      open_(waits_for_.size(), 0),
      was_taken_(waits_for_.size(), false) {
  for (std::size_t item = 0; item < waits_for_.size(); ++item) {
    auto& list = waits_for_[item];
    std::erase(list, item);
    open_[item] = list.size();
    for (const std::size_t other : list) {
      CHECK(other < waits_for_.size());
      waited_by_[other].push_back(item);
    }
    if (list.empty()) ready_.push_back(item);
  }
  std::make_heap(ready_.begin(), ready_.end(), std::greater<>());
}

std::optional<std::size_t> AppOrder::Take() {
  if (ready_.empty() && running_ == 0 && !Exhausted()) {
    // Only cycles are left: let their first item go, so that nothing waits for ever.
    const auto first = std::find(was_taken_.begin(), was_taken_.end(), false);
    ready_.push_back(static_cast<std::size_t>(first - was_taken_.begin()));
  }
  if (ready_.empty()) return std::nullopt;
  std::pop_heap(ready_.begin(), ready_.end(), std::greater<>());
  const std::size_t item = ready_.back();
  ready_.pop_back();
  was_taken_[item] = true;
  ++taken_;
  ++running_;
  return item;
}

void AppOrder::Finish(std::size_t item) {
  CHECK(was_taken_[item]);
  --running_;
  for (const std::size_t waiting : waited_by_[item]) {
    CHECK(open_[waiting] > 0);
    if (--open_[waiting] == 0 && !was_taken_[waiting]) {
      ready_.push_back(waiting);
      std::push_heap(ready_.begin(), ready_.end(), std::greater<>());
    }
  }
}

}  // namespace gitops
