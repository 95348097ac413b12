#include "sources/tree_names.h"

#include <cctype>
#include <string>

#include "engine/base/redactor.h"
#include "engine/model/file_tree.h"

namespace gitops {
namespace {

/// ".git" as NTFS and HFS+ read it: in any case, with dots and spaces at the end, or its short
/// name.
bool IsGitInDisguise(std::string_view name) {
  while (!name.empty() && (name.back() == '.' || name.back() == ' ')) name.remove_suffix(1);
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower == ".git" || lower == "git~1";
}

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

}  // namespace gitops
