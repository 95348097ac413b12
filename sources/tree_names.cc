#include "sources/tree_names.h"

#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/redactor.h"

namespace gitops {
namespace {

constexpr std::size_t kMostReported = 20;
constexpr int kDeepest = 256;

/// ".git" as NTFS and HFS+ read it: in any case, with dots and spaces at the end, or its short
/// name.
bool IsGitInDisguise(std::string_view name) {
  while (!name.empty() && (name.back() == '.' || name.back() == ' ')) name.remove_suffix(1);
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower == ".git" || lower == "git~1";
}

struct NameCheck {
  const FileTree& files;
  std::size_t limit;
  std::size_t seen = 0;
  Diagnostics problems;

  Status Visit(const std::string& directory, int depth) {
    if (depth > kDeepest) {
      return MakeError(ErrorKind::kInvalid, "directories are nested too deep",
                       EscapeLine(directory.substr(0, 200)),
                       "keep what the app does not need out of its directory");
    }
    ASSIGN_OR_RETURN(const std::vector<TreeEntry> entries, files.List(directory));
    seen += entries.size();
    if (seen > limit) {
      return MakeError(ErrorKind::kInvalid, "too many files",
                       "more than " + std::to_string(limit) + " in one app",
                       "move what the app does not need out of its directory");
    }
    for (const TreeEntry& entry : entries) {
      const std::string path = directory.empty() ? entry.name : directory + "/" + entry.name;
      if (!IsSafeTreePath(entry.name) || path.size() > 4096) {
        Report(path);
      } else if (entry.kind == EntryKind::kDirectory) {
        RETURN_IF_ERROR(Visit(path, depth + 1));
      }
    }
    return {};
  }

  void Report(const std::string& path) {
    if (problems.size() >= kMostReported) return;
    Diagnostic problem;
    problem.summary = "unsafe name in the repository";
    problem.detail =
        "\"" + EscapeLine(path.substr(0, 200)) + "\" cannot be put into a directory safely";
    problem.hint = "rename the file: letters, digits and ._- are always safe";
    problems.push_back(std::move(problem));
  }
};

}  // namespace

bool IsSafeTreePath(std::string_view path) {
  if (!IsSafeRelativePath(path) || EscapeLine(path) != path) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    if (IsGitInDisguise(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

Status CheckTreeNames(const FileTree& files, std::size_t limit) {
  NameCheck check{files, limit, 0, {}};
  RETURN_IF_ERROR(check.Visit("", 0));
  if (!check.problems.empty()) return Error(ErrorKind::kInvalid, std::move(check.problems));
  return {};
}

}  // namespace gitops
