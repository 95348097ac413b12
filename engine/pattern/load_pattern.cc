// LoadPattern: finds pattern.yaml, tells its generation and checks what is common to both.
#include <algorithm>
#include <utility>

#include "engine/pattern/pattern.h"
#include "engine/pattern/pattern_reader.h"
#include "engine/yaml/parse.h"

namespace gitops {
namespace {

constexpr const char* kReference = "docs/patterns.md describes the format";

Status CheckFile(const FileTree& files, const std::string& file) {
  ASSIGN_OR_RETURN(const std::optional<TreeEntry> entry, files.Find(kPatternFile));
  if (!entry) {
    return MakeError(ErrorKind::kNotFound, "not a pattern", "There is no " + file + ".",
                     std::string("a pattern is a directory with a pattern.yaml; ") + kReference);
  }
  if (entry->kind == EntryKind::kFile || entry->kind == EntryKind::kExecutable) return {};
  return MakeError(ErrorKind::kInvalid, "pattern.yaml is not a regular file",
                   file + " is " + std::string(ToString(entry->kind)) + ".",
                   "commit the file itself at this path");
}

/// A file in the present format whose first line was forgotten would load as an old one.
bool LacksApiVersion(const YamlNode& root, const std::string& file, Diagnostics& problems) {
  for (const char* key : {"providers", "variables", "hosts", "outputs"}) {
    const YamlNode* node = root.Find(key);
    if (node == nullptr) continue;
    problems.push_back({Severity::kError, "key missing",
                        std::string("\"") + key + "\" belongs to the format with an apiVersion.",
                        "apiVersion", root.At(file),
                        "add: apiVersion: " + std::string(kPatternApiVersion)});
    return true;
  }
  return false;
}

void SortByPlace(Diagnostics& problems) {
  std::stable_sort(problems.begin(), problems.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::pair(a.location.line, a.location.column) <
           std::pair(b.location.line, b.location.column);
  });
}

}  // namespace

Result<bool> IsDirectory(const FileTree& files, std::string_view path) {
  ASSIGN_OR_RETURN(const std::optional<TreeEntry> entry, files.Find(path));
  return entry && entry->kind == EntryKind::kDirectory;
}

Status ResolveDirectory(const FileTree& files, const std::string& subject, const Location& place,
                        PatternStep& step, Diagnostics& problems) {
  if (step.directory.empty()) return {};
  std::string why = "which is not in the pattern";
  if (!IsSafeRelativePath(step.directory)) {
    why = "which is no path inside the pattern";
  } else {
    ASSIGN_OR_RETURN(const std::optional<TreeEntry> entry, files.Find(step.directory));
    if (entry && entry->kind == EntryKind::kDirectory) {
      step.tree = entry->id;
      return {};
    }
    if (entry) why = "which is " + std::string(ToString(entry->kind));
  }
  problems.push_back({Severity::kError, "directory not found",
                      "The directory is \"" + step.directory + "\", " + why + ".", subject, place,
                      "create it with at least one file, or take the key out"});
  return {};
}

Result<Pattern> LoadPattern(const FileTree& files, const std::string& origin) {
  const std::string file =
      origin.empty() ? std::string(kPatternFile) : origin + "/" + std::string(kPatternFile);
  RETURN_IF_ERROR(CheckFile(files, file));
  Result<std::string> text = files.Read(kPatternFile, kMaxPatternBytes);
  if (!text) return std::move(text).error().WithContext(file);
  YamlLimits limits;
  limits.bytes = kMaxPatternBytes;
  ASSIGN_OR_RETURN(const YamlNode root, ParseYaml(*text, file, limits));

  Diagnostics problems;
  const PatternSource source{root, files, file};
  const bool present = root.Find("apiVersion") != nullptr || LacksApiVersion(root, file, problems);
  Result<Pattern> pattern =
      present ? ReadPattern(source, problems) : ReadOldPattern(source, problems);
  if (!pattern) return pattern;
  SortByPlace(problems);
  if (HasErrors(problems)) return Error(ErrorKind::kInvalid, std::move(problems));
  pattern->tree = files.Id();
  pattern->origin = origin;
  pattern->diagnostics = std::move(problems);
  return pattern;
}

}  // namespace gitops
