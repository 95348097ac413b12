#include "engine/drivers/file_layout.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "engine/model/object_id.h"
#include "engine/os/directory_tree.h"

namespace gitops {
namespace {

constexpr std::size_t kMaxLinkTarget = 4096;
constexpr std::string_view kDeployment = "deployment/";
constexpr std::string_view kFlattened = "src/";

Error Refuse(std::string summary, const std::string& path, const std::string& why) {
  return MakeError(ErrorKind::kInvalid, std::move(summary), "\"" + path + "\" " + why);
}

std::vector<std::string_view> Split(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") parts.push_back(part);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return parts;
}

/// Where the link at `path` leads, as a path in the tree. Only a start of ".." components is
/// understood: a later one would mean something else when it follows another link.
Result<std::string> ResolveLink(const std::string& path, const std::string& target) {
  if (target.empty() || target[0] == '/') {
    return Refuse("a symbolic link leads outside", path,
                  "points at \"" + target + "\"; only relative links are allowed");
  }
  std::vector<std::string_view> parts = Split(path);
  parts.pop_back();
  bool named = false;
  for (const std::string_view part : Split(target)) {
    if (part != "..") {
      parts.push_back(part);
      named = true;
    } else if (named || parts.empty()) {
      return Refuse("a symbolic link leads outside", path,
                    "points at \"" + target + "\", which is not plainly inside the app");
    } else {
      parts.pop_back();
    }
  }
  std::string resolved;
  for (const std::string_view part : parts) {
    if (!resolved.empty()) resolved += '/';
    resolved += part;
  }
  return resolved;
}

bool IsBeneath(std::string_view path, std::string_view directory_with_slash) {
  return path.starts_with(directory_with_slash) && path.size() > directory_with_slash.size();
}

/// Where a path of the tree lies in the app's root.
std::string PlacedPath(const std::string& path) {
  if (path + "/" == kDeployment || IsBeneath(path, kDeployment)) return path;
  return path.empty() ? "source" : "source/" + path;
}

/// The text that leads from the link at `from` to `to`, both from the app's root.
std::string RelativeTarget(const std::string& from, const std::string& to) {
  std::string target;
  for (auto slashes = std::count(from.begin(), from.end(), '/'); slashes > 0; --slashes) {
    target += "../";
  }
  return target + to;
}

class Planner {
 public:
  explicit Planner(const LayoutRequest& request) : request_(request) {}

  Result<FileLayout> Run() {
    RETURN_IF_ERROR(Walk("", 0));
    if (request_.verbatim) return std::move(layout_);
    AddFlattened();
    RETURN_IF_ERROR(AddEnvFile());
    return std::move(layout_);
  }

 private:
  Status Walk(const std::string& directory, int depth) {
    if (depth > request_.limits.depth) {
      return Refuse("the app has too many files", directory, "is too many directories deep");
    }
    ASSIGN_OR_RETURN(const std::vector<TreeEntry> entries, request_.tree.List(directory));
    for (const TreeEntry& entry : entries) {
      const std::string path = directory.empty() ? entry.name : directory + "/" + entry.name;
      if (entry.name.find('/') != std::string::npos || entry.name.size() > 255 ||
          !IsSafeRelativePath(path)) {
        return Refuse("unsafe file name", path,
                      "cannot be put on a host (\"..\", \".git\", control characters, "
                      "backslashes and names of more than 255 bytes are refused)");
      }
      if (path == request_.manifest) continue;
      RETURN_IF_ERROR(Add(path, entry, depth));
    }
    return {};
  }

  Status Add(const std::string& path, const TreeEntry& entry, int depth) {
    if (++files_ > request_.limits.files) {
      return Refuse("the app has too many files", path,
                    "is one too many: " + std::to_string(request_.limits.files) + " are allowed");
    }
    PlacedFile file{path, entry.kind, entry.id, "", false};
    switch (entry.kind) {
      case EntryKind::kDirectory:
        return Walk(path, depth + 1);
      case EntryKind::kSubmodule:
        layout_.notes.push_back("left out the submodule " + path);
        return {};
      case EntryKind::kSymlink: {
        ASSIGN_OR_RETURN(file.link_target, request_.tree.Read(path, kMaxLinkTarget));
        ASSIGN_OR_RETURN(const std::string resolved, ResolveLink(path, file.link_target));
        if (request_.verbatim) break;
        if (IsBeneath(path, kFlattened)) {
          flat_links_[path] =
              RelativeTarget(path.substr(kFlattened.size()), Flattened(PlacedPath(resolved)));
        }
        Reaim(path, resolved, file);
        break;
      }
      case EntryKind::kFile:
      case EntryKind::kExecutable:
        break;
    }
    Place(path, std::move(file));
    return {};
  }

  /// A link between the two directories needs another text; any other keeps its own.
  static void Reaim(const std::string& path, const std::string& resolved, PlacedFile& file) {
    const std::string from = PlacedPath(path);
    const std::string to = PlacedPath(resolved);
    if (from.substr(0, from.find('/')) == to.substr(0, to.find('/'))) return;
    file.link_target = RelativeTarget(from, to);
    file.id = BlobId(file.link_target);
  }

  /// "source/x" → "x"; a path outside the source directory is reached over its parent.
  static std::string Flattened(const std::string& placed) {
    if (placed == "source") return ".";
    return placed.starts_with("source/") ? placed.substr(7) : "../" + placed;
  }

  void Place(const std::string& path, PlacedFile file) {
    if (!request_.verbatim && IsBeneath(path, kDeployment)) {
      layout_.deployment[path.substr(kDeployment.size())] = std::move(file);
    } else {
      layout_.source[path] = std::move(file);
    }
  }

  /// True when `path`, something above it or something beneath it is taken by the tree itself.
  bool Clashes(const std::string& path) const {
    for (std::size_t slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      if (layout_.source.contains(path.substr(0, slash))) return true;
    }
    const auto beneath = layout_.source.lower_bound(path + "/");
    return layout_.source.contains(path) ||
           (beneath != layout_.source.end() && beneath->first.starts_with(path + "/"));
  }

  void AddFlattened() {
    std::map<std::string, PlacedFile> flat;
    for (auto at = layout_.source.lower_bound(std::string(kFlattened));
         at != layout_.source.end() && at->first.starts_with(kFlattened); ++at) {
      const std::string path = at->first.substr(kFlattened.size());
      if (Clashes(path)) continue;
      PlacedFile file = at->second;
      if (const auto link = flat_links_.find(at->first); link != flat_links_.end()) {
        file.link_target = link->second;
        file.id = BlobId(file.link_target);
      }
      flat[path] = std::move(file);
    }
    layout_.source.merge(flat);
  }

  Status AddEnvFile() {
    if (request_.env_file.empty()) return {};
    ASSIGN_OR_RETURN(const auto entry, request_.tree.Find(request_.env_file));
    if (!entry) return {};  // Expansion says so; on a host there is nothing to do.
    if (entry->kind != EntryKind::kFile && entry->kind != EntryKind::kExecutable) {
      return Refuse("the env file is not a regular file", request_.env_file,
                    "is " + std::string(ToString(entry->kind)));
    }
    layout_.source[".env"] = PlacedFile{request_.env_file, EntryKind::kFile, entry->id, "", true};
    return {};
  }

  const LayoutRequest& request_;
  FileLayout layout_;
  std::map<std::string, std::string> flat_links_;  ///< By path in the tree: their text at the top.
  std::size_t files_ = 0;
};

}  // namespace

Result<FileLayout> LayOutFiles(const LayoutRequest& request) { return Planner(request).Run(); }

}  // namespace gitops
