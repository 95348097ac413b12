// Screen: where a command shows its result, in the form that was asked for, and where it says what
// goes wrong. One command at a time; Progress may be called while the command runs.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "differ/render.h"
#include "engine/base/error.h"
#include "engine/base/work_counters.h"
#include "engine/cli/arguments.h"
#include "engine/cli/output_stream.h"
#include "engine/model/document_writer.h"
#include "engine/reconcile/engine.h"

namespace gitops {

struct ScreenOptions {
  OutputFormat format = OutputFormat::kText;
  RenderOptions render;        ///< Of standard output.
  RenderOptions error_render;  ///< Of standard error.
  bool progress = false;       ///< Standard error is a terminal and wants to know.
  bool notes = false;          ///< Also show notes beside warnings.
  bool stats = false;
};

class Screen {
 public:
  /// All of it outlives the screen.
  Screen(OutputStream& out, OutputStream& error, const WorkCounters& counters,
         const ScreenOptions& options)
      : out_(out), error_(error), counters_(counters), options_(options) {}

  bool IsText() const { return options_.format == OutputFormat::kText; }
  const RenderOptions& render() const { return options_.render; }

  /// Text on standard output, as it is: whoever calls has escaped it.
  void Text(std::string_view text);
  /// A JSON or YAML document: "apiVersion", what `fill` adds, and (with --stats) "stats".
  void Document(const std::function<void(DocumentWriter&)>& fill);
  /// The counters of --stats, after a text; nothing without --stats.
  void Stats();

  /// A line on standard error; escaped.
  void Say(std::string_view line);
  /// Warnings (and notes, when they are wanted) on standard error.
  void Warn(const Diagnostics& diagnostics);
  /// A failed command: text on standard error, or a document with "error".
  void Failure(const Error& error);
  /// One line on standard error, on terminals only. Thread-safe.
  void Show(const Progress& progress);

  /// Hands everything on. Errors: kTransient (write error).
  Status Flush();

 private:
  void WriteDocument(const std::function<void(DocumentWriter&)>& fill, bool with_stats);

  OutputStream& out_;
  OutputStream& error_;
  const WorkCounters& counters_;
  const ScreenOptions options_;
  std::mutex mutex_;  ///< Guards error_.
};

}  // namespace gitops
