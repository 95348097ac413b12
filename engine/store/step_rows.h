// Rows of the table `recorded_step`: what the engine made, and its sealed outputs. Functions
// without state; the caller holds the transaction and counts the app's serial on (BumpSerial).
#pragma once

#include <optional>
#include <vector>

#include "engine/base/secret.h"
#include "engine/model/recorded_state.h"
#include "engine/store/sql.h"

namespace gitops {

/// What is known of a recorded step besides its content.
struct StepMark {
  bool tainted = false;
  bool outcome_unknown = false;
  RunId run = 0;
};

/// nullopt when the step is not recorded.
Result<std::optional<StepMark>> LoadStepMark(Connection& connection, const AppId& app,
                                             const StepAddress& address);
Status SetStepMark(Connection& connection, const AppId& app, const StepAddress& address,
                   const StepMark& mark);

/// Inserts or replaces a step.
Status SaveStepRow(Connection& connection, const Secret& key, const AppId& app,
                   const RecordedStep& step);
Status DeleteStepRow(Connection& connection, const AppId& app, const StepAddress& address);

/// Every step of an app.
Status DeleteStepRows(Connection& connection, const AppId& app);

/// A recorded step as it is stored.
struct StoredStep {
  std::string address;
  std::string step;     ///< JSON.
  std::string outputs;  ///< Sealed; empty: none.
  StepMark mark;
};
Result<std::vector<StoredStep>> ListStepRows(Connection& connection, const AppId& app);

/// Sorted by address. Needs no connection, so that others can use it meanwhile.
Result<std::vector<RecordedStep>> DecodeStepRows(const Secret& key, const AppId& app,
                                                 const std::vector<StoredStep>& rows);

/// The recorded steps of the app changed.
Status BumpSerial(Connection& connection, const AppId& app);

}  // namespace gitops
