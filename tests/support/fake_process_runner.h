// FakeProcessRunner: answers Run from a function and remembers what was asked. Thread-safe.
#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/os/process.h"

namespace gitops {

class FakeProcessRunner : public ProcessRunner {
 public:
  using Answer = std::function<Result<ProcessResult>(const ProcessSpec&)>;

  /// Without an answer every program succeeds silently.
  explicit FakeProcessRunner(Answer answer = nullptr) : answer_(std::move(answer)) {}

  Result<ProcessResult> Run(const ProcessSpec& spec, std::stop_token stop) override {
    {
      const std::lock_guard lock(mutex_);
      specs_.push_back(spec);
    }
    ProcessResult result;
    if (stop.stop_requested()) {
      result.cancelled = true;
      return result;
    }
    if (answer_) return answer_(spec);
    result.exit_code = 0;
    return result;
  }

  /// All specifications so far, in order.
  std::vector<ProcessSpec> Specs() const {
    const std::lock_guard lock(mutex_);
    return specs_;
  }

 private:
  Answer answer_;
  mutable std::mutex mutex_;
  std::vector<ProcessSpec> specs_;
};

}  // namespace gitops
