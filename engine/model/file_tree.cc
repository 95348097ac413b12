#include "engine/model/file_tree.h"

#include <cctype>

#include "engine/base/check.h"

namespace gitops {
namespace {

bool IsSafeComponent(std::string_view component) {
  if (component.empty() || component == "." || component == "..") return false;
  if (component.size() == 4 && component[0] == '.' && std::tolower(component[1]) == 'g' &&
      std::tolower(component[2]) == 'i' && std::tolower(component[3]) == 't') {
    return false;
  }
  for (const char c : component) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || c == '\\') return false;
  }
  return true;
}

}  // namespace

std::string_view ToString(EntryKind kind) {
  switch (kind) {
    case EntryKind::kFile:
      return "a file";
    case EntryKind::kExecutable:
      return "an executable file";
    case EntryKind::kSymlink:
      return "a symbolic link";
    case EntryKind::kDirectory:
      return "a directory";
    case EntryKind::kSubmodule:
      return "a submodule";
  }
  CHECK(false);
}

bool IsSafeRelativePath(std::string_view path) {
  if (path.empty() || path.size() > 4096) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    if (!IsSafeComponent(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace gitops
