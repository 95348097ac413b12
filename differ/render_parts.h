// RenderParts: the pieces that the text views share. Pure.
#pragma once

#include <string>
#include <vector>

#include "differ/paint.h"
#include "differ/render.h"
#include "engine/model/diff.h"
#include "engine/model/report.h"

namespace gitops {

/// One line of the table of steps.
struct StepRow {
  std::string sign;
  Ink ink = Ink::kPlain;
  std::string address;
  std::string verb;    ///< "create", "run", …; after a run "created", "failed", …
  std::string timing;  ///< "1.2s", or "".
  std::string why;
  const std::vector<Change>* changes = nullptr;  ///< May be null: nothing to show.
};

/// Writes rows as a table with aligned columns; below each row its changed fields, old → new. A
/// change that was shown already is not repeated (but when verbose).
std::string RenderRows(const std::vector<StepRow>& rows, const RenderOptions& options);

/// What a row says of an action: planned, or with what became of it when `carried_out`.
StepRow RowOf(const ActionReport& action, bool carried_out, const RenderOptions& options);

/// `text` wrapped to the width, each line after `indent` spaces, escaped, with newlines.
std::string RenderParagraph(std::string_view text, std::size_t indent, const RenderOptions& options,
                            Ink ink = Ink::kPlain);

/// All `diagnostics`, each behind `indent` spaces.
std::string RenderDiagnostics(const Diagnostics& diagnostics, std::size_t indent,
                              const RenderOptions& options);

/// "1 action", "2 actions".
std::string Counted(std::size_t count, std::string_view noun);

/// "a, b, c" of those that are not empty.
std::string JoinList(const std::vector<std::string>& items, std::string_view separator);

/// "production/api  update  main@1f0c2ab → main@5d0f3aa" and, below it, why.
std::string RenderHeader(const AppReport& app, const RenderOptions& options);

}  // namespace gitops
