#include "engine/cli/screen.h"

#include <utility>

#include "engine/base/counter_names.h"
#include "engine/base/redactor.h"
#include "engine/cli/yaml_document.h"
#include "engine/model/documents.h"
#include "engine/model/json_writer.h"

namespace gitops {
namespace {

constexpr std::string_view kApiVersion = "tfgrid-compose/v1";

}  // namespace

void Screen::Text(std::string_view text) { out_.Write(text); }

void Screen::WriteDocument(const std::function<void(DocumentWriter&)>& fill, bool with_stats) {
  const auto write = [&](DocumentWriter& writer) {
    writer.BeginObject();
    writer.Member("apiVersion", kApiVersion);
    fill(writer);
    if (with_stats) {
      writer.Key("stats");
      writer.BeginObject();
      const CounterValues values = ValuesOf(counters_);
      for (std::size_t i = 0; i < values.size(); ++i) {
        writer.Count(kCounterNames[i].key, values[i]);
      }
      writer.EndObject();
    }
    writer.EndObject();
  };
  if (options_.format == OutputFormat::kYaml) {
    YamlDocument document;
    write(document);
    out_.Write(document.Render());
    return;
  }
  std::string text;
  JsonWriter json(text);
  write(json);
  out_.Write(text);
}

void Screen::Document(const std::function<void(DocumentWriter&)>& fill) {
  WriteDocument(fill, options_.stats);
}

void Screen::Stats() {
  if (!options_.stats) return;
  std::string text = "\nWork done:\n";
  const CounterValues values = ValuesOf(counters_);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string number = std::to_string(values[i]);
    text += std::string(number.size() < 10 ? 10 - number.size() : 0, ' ') + number + "  " +
            std::string(kCounterNames[i].label) + "\n";
  }
  out_.Write(text);
}

void Screen::Say(std::string_view line) {
  const std::lock_guard lock(mutex_);
  error_.Write(EscapeLine(line) + "\n");
  (void)error_.Flush();  // Nobody is left to be told that standard error is gone.
}

void Screen::Warn(const Diagnostics& diagnostics) {
  const std::lock_guard lock(mutex_);
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == Severity::kNote && !options_.notes) continue;
    error_.Write(RenderDiagnostic(diagnostic, options_.error_render));
  }
  (void)error_.Flush();
}

void Screen::Failure(const Error& error) {
  if (!IsText()) {
    WriteDocument(
        [&](DocumentWriter& writer) {
          writer.Key("error");
          WriteError(writer, error);
        },
        false);
    return;
  }
  const std::lock_guard lock(mutex_);
  error_.Write(RenderError(error, options_.error_render));
  (void)error_.Flush();
}

void Screen::Show(const Progress& progress) {
  if (!options_.progress) return;
  std::string line = progress.subject;
  if (!progress.step.empty()) line += ": " + progress.step;
  switch (progress.kind) {
    case Progress::Kind::kSourceStarted:
      line = "source " + line + ": looking";
      break;
    case Progress::Kind::kActionStarted:
      Say(line + " ...");
      return;
    case Progress::Kind::kSourceFinished:
    case Progress::Kind::kAppFinished:
    case Progress::Kind::kActionFinished:
      if (!progress.failed) return;  // What went well shows in the result.
      line += ": failed";
      break;
    case Progress::Kind::kAppStarted:
      return;  // Its first action follows at once.
  }
  if (!progress.detail.empty()) line += " (" + progress.detail + ")";
  Say(line);
}

Status Screen::Flush() {
  const Status status = out_.Flush();
  const std::lock_guard lock(mutex_);
  (void)error_.Flush();
  return status;
}

}  // namespace gitops
