#include "sources/manifest_check.h"

#include <utility>

#include "sources/app_file.h"
#include "sources/env_file.h"

namespace gitops {
namespace {

constexpr std::string_view kLfsPointer = "version https://git-lfs.github.com/spec/";
constexpr std::string_view kElf =
    "\x7F"
    "ELF";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Diagnostic MakeProblem(std::string summary, std::string detail, std::string subject,
                       Location location, std::string hint) {
  return Diagnostic{Severity::kError,   std::move(summary),  std::move(detail),
                    std::move(subject), std::move(location), std::move(hint)};
}

class FileChecker {
 public:
  FileChecker(const FileTree& app, std::string_view manifest_file)
      : app_(app), manifest_file_(manifest_file) {}

  void CheckHook(const std::optional<ManifestHook>& hook, std::string_view name) {
    if (!hook) return;
    CheckScript(hook->script, "hooks." + std::string(name), hook->location, hook->declared);
  }

  void CheckScript(const std::string& script, const std::string& subject, Location location,
                   bool declared) {
    if (location.file.empty()) location.file = std::string(manifest_file_);
    const AppFile file = ReadAppFile(app_, script, kLargestHook);
    if (file.missing && !declared) return;
    if (!file.bytes) {
      // One broken directory is one problem, not one for each hook that is looked for in it.
      if (!declared && WasSaid(file.problem)) return;
      Add(MakeProblem(file.summary, file.problem, subject, std::move(location),
                      file.missing ? SuggestFile(app_, script) : file.hint));
      return;
    }
    CheckRunnable(*file.bytes, script, subject, location);
  }

  void CheckEnvFile(const Manifest& manifest) {
    if (manifest.env_file.empty()) return;
    Location location{std::string(manifest_file_), 0, 0};
    if (const auto found = manifest.locations.find("env_file"); found != manifest.locations.end()) {
      location = found->second;
    }
    const AppFile file = ReadAppFile(app_, manifest.env_file, kLargestEnvFile);
    if (!file.bytes) {
      Add(MakeProblem(file.summary, file.problem, "env_file", location,
                      file.missing ? SuggestFile(app_, manifest.env_file) : file.hint));
      return;
    }
    const std::size_t slash = manifest_file_.rfind('/');
    const std::string directory(
        slash == std::string_view::npos ? std::string_view() : manifest_file_.substr(0, slash + 1));
    const auto entries = ParseEnvFile(*file.bytes, directory + manifest.env_file);
    if (entries) return;
    for (const Diagnostic& problem : entries.error().diagnostics) Add(problem);
  }

  Diagnostics Take() { return std::move(diagnostics_); }

 private:
  /// What the system would stumble over when it runs the script.
  void CheckRunnable(std::string_view bytes, const std::string& script, const std::string& subject,
                     const Location& location) {
    if (bytes.substr(0, kElf.size()) == kElf) return;
    const std::string fix_begin = "begin the file with: #!/bin/sh";
    if (bytes.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
      Add(MakeProblem("hook cannot run", script + " begins with a byte order mark, not with #!",
                      subject, location,
                      "save the file without it: sed -i '1s/^\\xef\\xbb\\xbf//' " + script));
      return;
    }
    if (bytes.substr(0, 2) != "#!") {
      Add(MakeProblem("hook cannot run", script + " has no #! line, so nothing says what runs it",
                      subject, location, fix_begin));
      return;
    }
    const std::size_t end = bytes.find('\n');
    const bool first_line = bytes.substr(0, end).find('\r') != std::string_view::npos;
    if (!first_line && bytes.find("\r\n") == std::string_view::npos) return;
    Diagnostic problem = MakeProblem(
        first_line ? "hook cannot run" : "hook with mixed line ends",
        script + " has CRLF line ends; " +
            (first_line ? "the system would look for an interpreter whose name ends in CR"
                        : "the shell takes CR as part of words"),
        subject, location, "sed -i 's/\\r$//' " + script);
    if (!first_line) problem.severity = Severity::kWarning;
    Add(std::move(problem));
  }

  bool WasSaid(std::string_view detail) const {
    for (const Diagnostic& diagnostic : diagnostics_) {
      if (diagnostic.detail == detail) return true;
    }
    return false;
  }

  void Add(Diagnostic problem) { diagnostics_.push_back(std::move(problem)); }

  const FileTree& app_;
  std::string_view manifest_file_;
  Diagnostics diagnostics_;
};

Error Refuse(std::string summary, std::string detail, std::string_view file,
             std::string hint = "") {
  return Error(ErrorKind::kInvalid,
               MakeProblem(std::move(summary), std::move(detail), "",
                           Location{std::string(file), 1, 1}, std::move(hint)));
}

void WarnOfSecondManifest(const FileTree& app, std::string_view name, const std::string& file,
                          Diagnostics& diagnostics) {
  for (const std::string_view other : kManifestNames) {
    if (other == name) continue;
    const auto found = app.Find(other);
    if (!found || !*found) continue;
    Diagnostic warning =
        MakeProblem("two manifests",
                    std::string(name) + " is used, " + std::string(other) + " beside it is ignored",
                    "", Location{file, 1, 1}, "remove one of the two");
    warning.severity = Severity::kWarning;
    diagnostics.push_back(std::move(warning));
  }
}

}  // namespace

bool IsLfsPointer(std::string_view bytes) {
  return bytes.substr(0, kLfsPointer.size()) == kLfsPointer;
}

Diagnostics CheckAppFiles(const Manifest& manifest, const FileTree& app,
                          std::string_view manifest_file) {
  FileChecker checker(app, manifest_file);
  checker.CheckHook(manifest.setup, "setup");
  checker.CheckHook(manifest.configure, "configure");
  checker.CheckHook(manifest.healthcheck, "healthcheck");
  checker.CheckHook(manifest.teardown, "teardown");
  const auto healthchecks = manifest.locations.find("healthchecks");
  for (std::size_t i = 0; i < manifest.healthchecks.size(); ++i) {
    const HealthProbe& probe = manifest.healthchecks[i];
    if (probe.kind != ProbeKind::kCommand || probe.target.substr(0, 1) == "/") continue;
    checker.CheckScript(
        probe.target.substr(0, probe.target.find(' ')),
        "healthchecks[" + std::to_string(i) + "].command",
        healthchecks == manifest.locations.end() ? Location{} : healthchecks->second, true);
  }
  checker.CheckEnvFile(manifest);
  return checker.Take();
}

Result<ParsedManifest> ReadManifest(const FileTree& app, std::string_view directory,
                                    std::string_view name, EntryKind kind,
                                    const ManifestContext& context) {
  const std::string file =
      directory.empty() ? std::string(name) : std::string(directory) + "/" + std::string(name);
  if (kind == EntryKind::kSymlink) {
    return Refuse("manifest is no plain file",
                  "the manifest is a symlink; symlinks are not followed", file,
                  "commit the file itself in place of the link");
  }
  if (kind != EntryKind::kFile && kind != EntryKind::kExecutable) {
    return Refuse("manifest is no plain file",
                  "the manifest is " + std::string(ToString(kind)) + ", a file is expected", file);
  }
  auto bytes = app.Read(name, kLargestManifest);
  if (!bytes && bytes.error().kind == ErrorKind::kInvalid) {
    return Refuse("file too large",
                  "the manifest is larger than the size limit of " +
                      std::to_string(kLargestManifest) + " bytes",
                  file);
  }
  if (!bytes) return std::move(bytes).error().WithContext("reading " + file);
  if (IsLfsPointer(*bytes)) {
    return Refuse("manifest is no plain file",
                  "the manifest is a Git LFS pointer, not the file itself", file,
                  "commit the file itself: git lfs untrack " + std::string(name));
  }
  auto parsed = ParseManifest(*bytes, file, context);
  if (parsed) WarnOfSecondManifest(app, name, file, parsed->diagnostics);
  return parsed;
}

}  // namespace gitops
