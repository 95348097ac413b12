// Render: plans, passes and explanations as text for people. Every text that may hold data of users
// is escaped here, so nothing of it can steer a terminal; secrets never get into a report. Pure:
// the same report and options give the same bytes.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "engine/base/diagnostic.h"
#include "engine/model/report.h"

namespace gitops {

struct RenderOptions {
  bool color = false;   ///< ANSI colours; without it not one escape sequence is written.
  bool unicode = true;  ///< "±" and "→"; without it "-/+" and "->".
  int width = 0;  ///< Columns of the terminal: long texts wrap, long values are cut. 0: never.
  bool verbose = false;  ///< Every field of every action, nothing cut, reasons of guarded actions.
};

/// One app: what is planned for it or was done, why, and what to do next. Ends with a newline.
std::string RenderApp(const AppReport& app, const RenderOptions& options = {});

/// One line of counts: "Plan: 1 to create; 7 actions; 997 unchanged." or "Applied: …".
std::string RenderSummary(const ReconcileReport& report);

/// A whole pass: sources with news, apps with news, problems, and the summary.
std::string RenderReport(const ReconcileReport& report, const RenderOptions& options = {});

/// The same piece by piece, for reports that are larger than their text should be held in memory.
void RenderReport(const ReconcileReport& report, const RenderOptions& options,
                  const std::function<void(std::string_view)>& write);

/// Every step of an app with why it would or would not run.
std::string RenderExplain(const ExplainReport& report, const RenderOptions& options = {});

/// One message: "error: summary", the place and the detail below it, then the hint.
std::string RenderDiagnostic(const Diagnostic& diagnostic, const RenderOptions& options = {});

/// The messages of an error, the primary one first.
std::string RenderError(const Error& error, const RenderOptions& options = {});

}  // namespace gitops
