// Doctor: checks of everything around the engine, as data. engine/cli/doctor_checks.h makes them.
#pragma once

#include <string>
#include <vector>

#include "differ/render.h"
#include "engine/base/diagnostic.h"
#include "engine/model/document_writer.h"

namespace gitops {

enum class CheckOutcome { kGood, kWarning, kBad };

struct DoctorCheck {
  std::string name;  ///< Stable: "state.directory", "source.apps", …
  CheckOutcome outcome = CheckOutcome::kGood;
  std::string detail;  ///< What was found.
  std::string hint;    ///< How to mend it.

  bool operator==(const DoctorCheck&) const = default;
};

struct DoctorReport {
  std::vector<DoctorCheck> checks;

  /// True when a check is kBad.
  bool HasFailures() const;
};

/// "ok", "warning", "failed".
std::string_view ToString(CheckOutcome outcome);

std::string DoctorText(const DoctorReport& report, const RenderOptions& options);
/// Members of the root object.
void WriteDoctorReport(DocumentWriter& writer, const DoctorReport& report);

}  // namespace gitops
