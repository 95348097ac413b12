#include "engine/pattern/app_content.h"

#include <algorithm>
#include <utility>

#include "engine/base/redactor.h"
#include "engine/base/suggest.h"
#include "engine/pattern/narrowed_inputs.h"

namespace gitops {
namespace {

constexpr std::string_view kDeployment = "deployment";
constexpr std::string_view kPlaybook = "deployment/playbook.yml";

/// One of the four hooks: its name, where it is looked for, and its members.
struct HookKind {
  std::string_view name;
  std::string_view default_path;
  std::optional<ManifestHook> Manifest::*declared;
  std::optional<HookScript> AppContent::*found;
  bool replaced_by_playbook;
};

constexpr HookKind kHookKinds[] = {
    {"setup", "deployment/setup.sh", &Manifest::setup, &AppContent::setup, true},
    {"configure", "deployment/configure.sh", &Manifest::configure, &AppContent::configure, true},
    {"healthcheck", "deployment/healthcheck.sh", &Manifest::healthcheck, &AppContent::healthcheck,
     true},
    {"teardown", "deployment/teardown.sh", &Manifest::teardown, &AppContent::teardown, false},
};

const TreeEntry* FindEntry(const std::vector<TreeEntry>& entries, std::string_view name) {
  for (const TreeEntry& entry : entries) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

bool IsBelow(std::string_view path, std::string_view directory) {
  return path.size() > directory.size() && path.substr(0, directory.size()) == directory &&
         path[directory.size()] == '/';
}

class Reader {
 public:
  Reader(const Manifest& manifest, const FileTree& files, Diagnostics& problems)
      : manifest_(manifest), files_(files), problems_(problems) {}

  Result<AppContent> Run() {
    ASSIGN_OR_RETURN(root_, files_.List(""));
    const TreeEntry* deployment = FindEntry(root_, kDeployment);
    has_deployment_ = deployment != nullptr && deployment->kind == EntryKind::kDirectory;
    if (has_deployment_) {
      ASSIGN_OR_RETURN(deployment_, files_.List(kDeployment));
    }
    FindManifest();
    RETURN_IF_ERROR(FindHooks());
    RETURN_IF_ERROR(AddEntries("files.", "", root_));
    if (has_deployment_) RETURN_IF_ERROR(AddEntries("deployment.", "", deployment_));
    std::sort(content_.files.begin(), content_.files.end(),
              [](const Input& a, const Input& b) { return a.name < b.name; });
    RETURN_IF_ERROR(Narrow(manifest_.setup, content_.setup, content_.setup_files));
    RETURN_IF_ERROR(Narrow(manifest_.configure, content_.configure, content_.configure_files));
    return std::move(content_);
  }

 private:
  void FindManifest() {
    for (const std::string_view name : kManifestNames) {
      if (FindEntry(root_, name) == nullptr) continue;
      content_.manifest = std::string(name);
      return;
    }
  }

  Status FindHooks() {
    RETURN_IF_ERROR(FindPlaybook());
    for (const HookKind& kind : kHookKinds) {
      if (kind.replaced_by_playbook && content_.playbook) continue;
      RETURN_IF_ERROR(FindHook(kind));
    }
    std::sort(content_.hooks.begin(), content_.hooks.end());
    content_.hooks.erase(std::unique(content_.hooks.begin(), content_.hooks.end()),
                         content_.hooks.end());
    return {};
  }

  Status FindPlaybook() {
    ASSIGN_OR_RETURN(const std::optional<TreeEntry> entry, Locate(std::string(kPlaybook)));
    if (!entry) return {};
    const Location place{std::string(kPlaybook), 0, 0};
    if (!IsRegular("playbook", std::string(kPlaybook), *entry, place)) return {};
    content_.playbook = HookScript{std::string(kPlaybook), *entry};
    content_.hooks.emplace_back(kPlaybook);
    return {};
  }

  Status FindHook(const HookKind& kind) {
    const std::optional<ManifestHook>& declared = manifest_.*kind.declared;
    std::string path(kind.default_path);
    if (declared && !declared->script.empty()) path = declared->script;
    const Location place = declared ? declared->location : Location{path, 0, 0};
    const bool must_exist = declared && declared->declared;
    if (!IsSafeRelativePath(path)) {
      Problem(kind.name, place, "hook script outside the app's directory",
              "\"" + path + "\" is no path inside the app's directory.",
              "write it like " + std::string(kind.default_path));
      return {};
    }
    ASSIGN_OR_RETURN(const std::optional<TreeEntry> entry, Locate(path));
    if (!entry) {
      if (must_exist) Missing(kind, path, place);
      return {};
    }
    if (!IsRegular(kind.name, path, *entry, place)) return {};
    content_.*kind.found = HookScript{path, *entry};
    content_.hooks.push_back(path);
    return {};
  }

  /// The entry at `path`, from the two directories that are read anyway where possible.
  Result<std::optional<TreeEntry>> Locate(const std::string& path) const {
    const std::size_t slash = path.find('/');
    const std::string top = path.substr(0, slash);
    const TreeEntry* entry = FindEntry(root_, top);
    if (slash != std::string::npos) {
      if (entry == nullptr || entry->kind != EntryKind::kDirectory) {
        return std::optional<TreeEntry>();
      }
      const std::string rest = path.substr(slash + 1);
      if (top != kDeployment || rest.find('/') != std::string::npos) return files_.Find(path);
      entry = FindEntry(deployment_, rest);
    }
    return entry == nullptr ? std::optional<TreeEntry>() : std::optional<TreeEntry>(*entry);
  }

  bool IsRegular(std::string_view hook, const std::string& path, const TreeEntry& entry,
                 const Location& place) {
    if (entry.kind == EntryKind::kFile || entry.kind == EntryKind::kExecutable) return true;
    Problem(hook, place, "hook script is not a regular file",
            "\"" + path + "\" is " + std::string(ToString(entry.kind)) + ".",
            "commit the script itself at this path");
    return false;
  }

  void Missing(const HookKind& kind, const std::string& path, const Location& place) {
    std::vector<std::string> known;
    for (const TreeEntry& entry : deployment_) known.push_back("deployment/" + entry.name);
    for (const TreeEntry& entry : root_) {
      if (entry.kind != EntryKind::kDirectory) known.push_back(entry.name);
    }
    std::string hint = "commit the script, or take it out of hooks." + std::string(kind.name);
    if (const auto nearest = NearestName(path, known)) {
      hint = "did you mean \"" + *nearest + "\"?";
    }
    Problem(kind.name, place, "hook script not found",
            "hooks." + std::string(kind.name) + " names \"" + path +
                "\", which is not in the app's directory.",
            std::move(hint));
  }

  void Problem(std::string_view hook, const Location& place, std::string summary,
               std::string detail, std::string hint) {
    problems_.push_back({Severity::kError, std::move(summary), std::move(detail),
                         "hooks." + std::string(hook), place, std::move(hint)});
  }

  /// Adds an input for each entry of a directory. `prefix` starts the names; `directory` is "" or
  /// the path below the prefix, with a slash at its end.
  Status AddEntries(std::string_view prefix, const std::string& directory,
                    const std::vector<TreeEntry>& entries) {
    const bool in_deployment = prefix == "deployment.";
    for (const TreeEntry& entry : entries) {
      const std::string shown_path = directory + entry.name;
      const std::string path = (in_deployment ? "deployment/" : "") + shown_path;
      if (path == content_.manifest || IsHook(path)) continue;
      if (path == kDeployment && has_deployment_) continue;
      if (entry.kind == EntryKind::kDirectory && HoldsHook(path)) {
        ASSIGN_OR_RETURN(const std::vector<TreeEntry> inner, files_.List(path));
        RETURN_IF_ERROR(AddEntries(prefix, shown_path + "/", inner));
        continue;
      }
      content_.files.push_back(EntryInput(std::string(prefix) + PathText(shown_path), entry));
    }
    return {};
  }

  bool IsHook(const std::string& path) const {
    return std::binary_search(content_.hooks.begin(), content_.hooks.end(), path);
  }

  bool HoldsHook(const std::string& directory) const {
    return std::any_of(content_.hooks.begin(), content_.hooks.end(),
                       [&directory](const std::string& hook) { return IsBelow(hook, directory); });
  }

  Status Narrow(const std::optional<ManifestHook>& hook, const std::optional<HookScript>& script,
                std::optional<std::vector<Input>>& narrowed) {
    if (!hook || hook->inputs.empty() || !script) return {};
    std::vector<std::string> excluded = content_.hooks;
    excluded.push_back(content_.manifest);
    ASSIGN_OR_RETURN(narrowed, NarrowedInputs(files_, *hook, excluded, problems_));
    return {};
  }

  const Manifest& manifest_;
  const FileTree& files_;
  Diagnostics& problems_;
  std::vector<TreeEntry> root_;
  std::vector<TreeEntry> deployment_;
  bool has_deployment_ = false;
  AppContent content_;
};

}  // namespace

Result<AppContent> ReadAppContent(const Manifest& manifest, const FileTree& files,
                                  Diagnostics& problems) {
  return Reader(manifest, files, problems).Run();
}

Input EntryInput(std::string name, const TreeEntry& entry) {
  // The kind of a file is kept by the tree above it, not by its own id.
  std::string digest = entry.id.Hex();
  std::string shown = entry.id.Short();
  if (entry.kind == EntryKind::kExecutable) {
    digest += "+x";
    shown += " executable";
  } else if (entry.kind == EntryKind::kSymlink) {
    digest += "+link";
    shown += " link";
  }
  return {std::move(name), std::move(digest), std::move(shown), false};
}

std::string PathText(std::string_view path) {
  std::string text;
  for (const char c : path) text += c == '\\' ? std::string("\\\\") : std::string(1, c);
  return EscapeLine(text);
}

}  // namespace gitops
