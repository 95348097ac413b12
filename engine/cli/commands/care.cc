// Commands around the engine: checks, patterns, backups, versions, completion.
#include "engine/base/redactor.h"
#include "engine/cli/commands/command.h"
#include "engine/cli/usage.h"
#include "engine/cli/version.h"
#include "engine/cli/views/text_table.h"
#include "engine/model/document_list.h"
#include "engine/model/documents.h"

namespace gitops {
namespace {

std::string JoinWords(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void ShowPatterns(Screen& screen, const std::vector<PatternListing>& patterns) {
  if (patterns.empty()) {
    screen.Text(
        "No patterns found; name folders that hold some under \"patterns\" in "
        "reconciler.yaml.\n");
    return;
  }
  TextTable table({"PATTERN", "VERSION", "PROVIDERS", "FROM", "DESCRIPTION"});
  Diagnostics problems;
  for (const PatternListing& pattern : patterns) {
    const bool broken = HasErrors(pattern.problems);
    std::string description = broken           ? "cannot be used, see below"
                              : pattern.hidden ? "hidden by an earlier one of this name"
                                               : pattern.description;
    table.AddRow({{pattern.name, broken ? Ink::kRed : Ink::kPlain},
                  {pattern.version},
                  {JoinWords(pattern.providers)},
                  {pattern.origin},
                  {std::move(description)}});
    problems.insert(problems.end(), pattern.problems.begin(), pattern.problems.end());
  }
  std::string text = table.Render(screen.render());
  if (!problems.empty()) text += "\n";
  for (const Diagnostic& problem : problems) text += RenderDiagnostic(problem, screen.render());
  screen.Text(text);
}

void WritePatterns(DocumentWriter& writer, const std::vector<PatternListing>& patterns) {
  WriteObjects(writer, "patterns", patterns, [&](const PatternListing& pattern) {
    writer.Member("name", pattern.name);
    writer.TextOrNull("version", pattern.version);
    writer.TextOrNull("description", pattern.description);
    writer.Texts("providers", pattern.providers);
    writer.Member("origin", pattern.origin);
    writer.Member("hidden", pattern.hidden);
    writer.Key("diagnostics");
    WriteDiagnostics(writer, pattern.problems);
  });
}

std::string AbsolutePath(const Invocation& invocation, const std::string& path) {
  return path.front() == '/' ? path : invocation.services.working_directory() + "/" + path;
}

}  // namespace

Result<int> RunValidate(Invocation& invocation) {
  ASSIGN_OR_RETURN(const ValidationReport report,
                   invocation.services.Validate(invocation.arguments.positionals, invocation.stop));
  Screen& screen = invocation.screen;
  if (screen.IsText()) {
    screen.Text(ValidationText(report, screen.render()));
  } else {
    screen.Document([&](DocumentWriter& writer) { WriteValidationReport(writer, report); });
  }
  return report.HasFailures() ? kExitFailed : kExitDone;
}

Result<int> RunPatterns(Invocation& invocation) {
  ASSIGN_OR_RETURN(const std::vector<PatternListing> patterns, invocation.services.ListPatterns());
  Screen& screen = invocation.screen;
  if (screen.IsText()) {
    ShowPatterns(screen, patterns);
  } else {
    screen.Document([&](DocumentWriter& writer) { WritePatterns(writer, patterns); });
  }
  return kExitDone;
}

Result<int> RunDoctor(Invocation& invocation) {
  const DoctorReport report = invocation.services.Examine(invocation.stop);
  Screen& screen = invocation.screen;
  if (screen.IsText()) {
    screen.Text(DoctorText(report, screen.render()));
  } else {
    screen.Document([&](DocumentWriter& writer) { WriteDoctorReport(writer, report); });
  }
  return report.HasFailures() ? kExitFailed : kExitDone;
}

Result<int> RunBackup(Invocation& invocation) {
  const std::string file = AbsolutePath(invocation, invocation.arguments.First());
  RETURN_IF_ERROR(invocation.services.Backup(file));
  Screen& screen = invocation.screen;
  if (screen.IsText()) {
    screen.Text("State saved to " + EscapeLine(file) +
                "; docs/state.md says what else to keep beside it.\n");
  } else {
    screen.Document([&](DocumentWriter& writer) { writer.Member("file", file); });
  }
  return kExitDone;
}

Result<int> RunRestore(Invocation& invocation) {
  const std::string file = AbsolutePath(invocation, invocation.arguments.First());
  ASSIGN_OR_RETURN(const bool replaces, invocation.services.HasState());
  if (replaces && !invocation.arguments.yes) {
    const auto confirmed = invocation.services.Confirm(
        "Replace the current state with " + file + "? The current one is kept beside it.",
        invocation.stop);
    if (!confirmed) {
      return RefuseUse(invocation,
                       "restore replaces the current state; there is no terminal to ask on: add "
                       "--yes");
    }
    if (invocation.stop.stop_requested()) return kExitInterrupted;
    if (!*confirmed) {
      invocation.screen.Say("nothing was changed");
      return kExitFailed;
    }
  }
  ASSIGN_OR_RETURN(const std::string kept, invocation.services.Restore(file));
  Screen& screen = invocation.screen;
  if (screen.IsText()) {
    screen.Text("State restored from " + EscapeLine(file) + ".\n" +
                (kept.empty() ? "" : "The replaced one is kept as " + EscapeLine(kept) + ".\n"));
  } else {
    screen.Document([&](DocumentWriter& writer) {
      writer.Member("file", file);
      writer.TextOrNull("replaced", kept);
    });
  }
  return kExitDone;
}

Result<int> RunCompletion(Invocation& invocation) {
  invocation.screen.Text(CompletionScript(invocation.arguments.First()));
  return kExitDone;
}

Result<int> RunVersion(Invocation& invocation) {
  Screen& screen = invocation.screen;
  if (screen.IsText()) {
    screen.Text(VersionText());
  } else {
    screen.Document([](DocumentWriter& writer) { WriteVersion(writer); });
  }
  return kExitDone;
}

}  // namespace gitops
