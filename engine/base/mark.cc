#include "engine/base/mark.h"

#include "engine/base/check.h"

namespace gitops {
namespace {

thread_local MarkCollector* collector_of_thread = nullptr;

}  // namespace

MarkCollector::MarkCollector() : outer_(collector_of_thread) { collector_of_thread = this; }

MarkCollector::~MarkCollector() {
  CHECK(collector_of_thread == this);
  collector_of_thread = outer_;
}

void ReachMark(std::string_view name) {
  if (collector_of_thread == nullptr) return;
  const auto found = collector_of_thread->hits_.find(name);
  if (found != collector_of_thread->hits_.end()) {
    ++found->second;
  } else {
    collector_of_thread->hits_.emplace(name, 1);
  }
}

}  // namespace gitops
