// Driver: does one kind of step. The seam between the engine and everything it changes.
// Drivers are stateless and may be called by several threads for different apps.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/model/app_variables.h"
#include "engine/model/file_tree.h"
#include "engine/model/plan.h"
#include "engine/model/recorded_state.h"

namespace gitops {

/// Where the output of a step goes: redacted, escaped, capped. Implemented by
/// engine/drivers/run_log.h.
class StepLog {
 public:
  virtual ~StepLog() = default;
  /// Raw bytes of a child, as they come.
  virtual void Write(std::string_view bytes) = 0;
  /// One line of the engine's own.
  virtual void Note(std::string_view line) = 0;
};

/// Everything a driver may look at. References live as long as the call.
struct StepContext {
  AppId app;
  Revision revision;
  std::string app_version;
  const Step& step;
  const FileTree* app_tree = nullptr;      ///< Null when it is gone (deletion of a broken app).
  const FileTree* pattern_tree = nullptr;  ///< Likewise.
  const AppVariables& variables;
  /// Outputs of all earlier steps of the app, by step.
  const std::map<StepAddress, Outputs>& outputs;
  /// What the step itself gave last time; empty for a first run.
  const Outputs& previous;
  RunId run = 0;
  StepLog& log;
  std::chrono::milliseconds timeout{0};
};

enum class Observation {
  kPresent,  ///< The thing is there as recorded.
  kAbsent,   ///< It is not there.
  kDiffers,  ///< It is there and not as recorded.
  kUnknown,  ///< It cannot be observed (a hook): only its journal tells.
};

struct ObservedStep {
  Observation observation = Observation::kUnknown;
  Outputs outputs;     ///< When present.
  std::string detail;  ///< A sentence: what was seen.
};

class Driver {
 public:
  virtual ~Driver() = default;

  /// Looks at what is really there. Changes nothing.
  virtual Result<ObservedStep> Observe(const StepContext& context, std::stop_token stop) = 0;

  /// Creates, updates or runs the step; idempotent as far as its kind can be. Returns its outputs.
  /// Errors by kind: kInvalid (will fail again with the same input), kTransient (may work later),
  /// kUnknownOutcome (the effect may have happened), kCancelled.
  virtual Result<Outputs> Apply(const StepContext& context, std::stop_token stop) = 0;

  /// Undoes the step. Succeeds when the thing is gone already. Same errors as Apply.
  virtual Status Destroy(const StepContext& context, std::stop_token stop) = 0;
};

/// Drivers by name, filled by the composition root.
class DriverRegistry {
 public:
  void Add(std::string name, std::unique_ptr<Driver> driver) {
    drivers_[std::move(name)] = std::move(driver);
  }
  /// The driver called `name`, or null.
  Driver* Find(const std::string& name) const {
    const auto found = drivers_.find(name);
    return found == drivers_.end() ? nullptr : found->second.get();
  }

 private:
  std::map<std::string, std::unique_ptr<Driver>> drivers_;
};

}  // namespace gitops
