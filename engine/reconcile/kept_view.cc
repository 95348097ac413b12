#include "engine/reconcile/kept_view.h"

#include <memory>
#include <utility>

#include "differ/describe.h"

namespace gitops {

void KeepView(AppReport& report, const std::function<std::string(const AppReport&)>& view) {
  AppView kept;
  kept.text = view(report);
  kept.text.shrink_to_fit();
  kept.actions = report.actions.size();
  kept.guarded = CountActions(report.actions).guarded;
  report.view = std::make_shared<const AppView>(std::move(kept));
  report.actions = std::vector<ActionReport>();  // Not "= {}", which would keep its memory.
  report.changes = std::vector<Change>();
}

}  // namespace gitops
