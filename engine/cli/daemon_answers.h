// What the daemon's API answers, read back into the values that it was written from. What does not
// have the shape that docs/openapi.json gives it is refused as a whole. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/counter_names.h"
#include "engine/base/error.h"
#include "engine/base/result.h"
#include "engine/model/report.h"
#include "engine/reconcile/engine.h"

namespace gitops {

/// An operation as the API shows it.
struct OperationAnswer {
  std::int64_t id = 0;
  std::string state;     ///< "waiting", "working", "done", "failed", "cancelled", "interrupted".
  std::string asked_at;  ///< Tells it from one of the same number of another daemon.
  std::optional<Error> error;
  std::optional<ReconcileReport> report;
  std::vector<std::pair<std::uint64_t, Progress>> progress;  ///< By number.
  std::optional<CounterValues> stats;

  bool IsOver() const { return state != "waiting" && state != "working"; }
};

/// Says what there is to say of an app and lets go of the rest: ReconcileRequest::view.
using AppViewer = std::function<std::string(const AppReport&)>;

/// Reads the document of an operation. `view` may be empty. Errors: kInvalid (another shape).
Result<OperationAnswer> ReadOperation(std::string_view json, const AppViewer& view);

/// Reads the document of one app. Errors: as ReadOperation.
Result<AppStatus> ReadAppAnswer(std::string_view json);

/// The error that a problem document (RFC 9457) with this HTTP status stands for; also of what is
/// none.
Error ReadProblem(int status, std::string_view json);

}  // namespace gitops
