#include "sources/app_file.h"

#include <set>
#include <utility>
#include <vector>

#include "engine/base/suggest.h"
#include "engine/yaml/scalars.h"
#include "sources/manifest_check.h"

namespace gitops {
namespace {

constexpr std::size_t kLongestTarget = 4096;

AppFile Problem(std::string summary, std::string problem, std::string hint = "") {
  AppFile file;
  file.summary = std::move(summary);
  file.problem = std::move(problem);
  file.hint = std::move(hint);
  return file;
}

AppFile Unreadable(const Error& error) {
  return Problem("file cannot be read", error.primary().summary + ": " + error.primary().detail);
}

std::string_view DirectoryOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? "" : path.substr(0, slash);
}

/// Where a link at `path` with this target leads, by its text alone; nullopt when it leaves the
/// tree.
std::optional<std::string> LexicalTarget(std::string_view path, std::string_view target) {
  std::vector<std::string> parts;
  const auto add = [&parts](std::string_view text) {
    while (!text.empty()) {
      const std::size_t slash = text.find('/');
      const std::string_view part = text.substr(0, slash);
      text.remove_prefix(slash == std::string_view::npos ? text.size() : slash + 1);
      if (part.empty() || part == ".") continue;
      if (part != "..") {
        parts.emplace_back(part);
      } else if (parts.empty()) {
        return false;
      } else {
        parts.pop_back();
      }
    }
    return true;
  };
  if (!add(DirectoryOf(path)) || !add(target)) return std::nullopt;
  std::string result;
  for (const std::string& part : parts) result += (result.empty() ? "" : "/") + part;
  return result;
}

/// Says which kind of symlink stands at `path`; all kinds are refused.
std::string DescribeLink(const FileTree& app, std::string_view path) {
  std::set<std::string, std::less<>> seen;
  std::string at(path);
  while (seen.insert(at).second) {
    const auto entry = app.Find(at);
    if (!entry || !*entry || (*entry)->kind != EntryKind::kSymlink) {
      return "is a symlink; symlinks are not followed";
    }
    const auto target = app.Read(at, kLongestTarget);
    if (!target) return "is a symlink; symlinks are not followed";
    if (!target->empty() && target->front() == '/')
      return "is a symlink that leaves the repository";
    auto next = LexicalTarget(at, *target);
    if (!next) return "is a symlink that leaves the app's directory";
    at = *std::move(next);
  }
  return "is a symlink that leads back to itself: symlink loop";
}

/// The shortest beginning of `path` at which there is nothing.
std::string_view MissingPart(const FileTree& app, std::string_view path) {
  for (std::size_t slash = 0; slash != std::string_view::npos;) {
    slash = path.find('/', slash + 1);
    const auto found = app.Find(path.substr(0, slash));
    if (found && !*found) return path.substr(0, slash);
  }
  return path;
}

}  // namespace

std::string SuggestFile(const FileTree& app, std::string_view path) {
  const std::string_view missing = MissingPart(app, path);
  const std::string directory(DirectoryOf(missing));
  const std::string_view name = missing.substr(directory.empty() ? 0 : directory.size() + 1);
  const auto entries = app.List(directory);
  if (!entries) return "";
  std::vector<std::string> names;
  for (const TreeEntry& entry : *entries) names.push_back(entry.name);
  const auto nearest = NearestName(name, names);
  if (!nearest) return "";
  return "did you mean \"" + (directory.empty() ? "" : directory + "/") + *nearest + "\"?";
}

AppFile ReadAppFile(const FileTree& app, std::string_view path, std::size_t limit) {
  for (std::size_t slash = 0; slash != std::string_view::npos;) {
    slash = path.find('/', slash + 1);
    const std::string_view prefix = path.substr(0, slash);
    const auto found = app.Find(prefix);
    if (!found) return Unreadable(found.error());
    if (!*found) {
      AppFile file = Problem("file missing", "no such file: " + QuoteShort(path));
      file.missing = true;
      return file;
    }
    const EntryKind kind = (*found)->kind;
    if (kind == EntryKind::kSymlink) {
      return Problem("symbolic link", QuoteShort(prefix) + " " + DescribeLink(app, prefix),
                     "commit the file itself in place of the link");
    }
    if (kind == EntryKind::kSubmodule) {
      return Problem("submodule",
                     QuoteShort(prefix) + " is a submodule; submodules are not fetched",
                     "commit the files themselves");
    }
    const bool last = slash == std::string_view::npos;
    if (last != (kind != EntryKind::kDirectory)) {
      return Problem("not a file", QuoteShort(prefix) + " is " + std::string(ToString(kind)) +
                                       (last ? ", a file is expected" : ", no directory"));
    }
  }
  auto bytes = app.Read(path, limit);
  if (!bytes && bytes.error().kind == ErrorKind::kInvalid) {
    return Problem("file too large", QuoteShort(path) + " is too large: the size limit is " +
                                         std::to_string(limit) + " bytes");
  }
  if (!bytes) return Unreadable(bytes.error());
  if (IsLfsPointer(*bytes)) {
    return Problem("Git LFS pointer",
                   QuoteShort(path) + " is a Git LFS pointer, not the file itself",
                   "commit the file itself: git lfs untrack " + std::string(path));
  }
  AppFile file;
  file.bytes = *std::move(bytes);
  return file;
}

}  // namespace gitops
