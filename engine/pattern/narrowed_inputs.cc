#include "engine/pattern/narrowed_inputs.h"

#include <algorithm>
#include <utility>

#include "engine/pattern/app_content.h"
#include "engine/pattern/glob.h"

namespace gitops {
namespace {

constexpr std::size_t kMostVisited = 20'000;  // Entries looked at for one hook.
constexpr int kDeepest = 64;

class Walk {
 public:
  Walk(const FileTree& files, const ManifestHook& hook, const std::vector<std::string>& excluded,
       Diagnostics& problems)
      : files_(files), hook_(hook), excluded_(excluded), problems_(problems) {}

  Result<std::vector<Input>> Run() {
    for (const std::string& text : hook_.inputs) AddGlob(text);
    matched_.assign(globs_.size(), false);
    RETURN_IF_ERROR(Enter("", false, 0));
    if (visited_ > kMostVisited) TooMany();
    for (std::size_t i = 0; i < globs_.size(); ++i) {
      if (!matched_[i]) NoMatch(globs_[i]);
    }
    std::sort(inputs_.begin(), inputs_.end(),
              [](const Input& a, const Input& b) { return a.name < b.name; });
    return std::move(inputs_);
  }

 private:
  void AddGlob(const std::string& text) {
    Result<Glob> glob = Glob::Parse(text);
    if (glob) {
      globs_.push_back(*std::move(glob));
      return;
    }
    for (Diagnostic& diagnostic : glob.error().diagnostics) {
      diagnostic.location = hook_.location;
      problems_.push_back(std::move(diagnostic));
    }
  }

  /// `all` says that the directory matched as a whole, but holds something excluded.
  Status Enter(const std::string& directory, bool all, int depth) {
    if (depth > kDeepest) return {};
    ASSIGN_OR_RETURN(const std::vector<TreeEntry> entries, files_.List(directory));
    for (const TreeEntry& entry : entries) {
      if (++visited_ > kMostVisited) return {};
      const std::string path = directory.empty() ? entry.name : directory + "/" + entry.name;
      const bool matches = Match(path) || all;
      const bool is_directory = entry.kind == EntryKind::kDirectory;
      if (is_directory && ((matches && HoldsExcluded(path)) || (!matches && MayMatchBelow(path)))) {
        RETURN_IF_ERROR(Enter(path, matches, depth + 1));
      } else if (matches && !IsExcluded(path)) {
        inputs_.push_back(EntryInput("files." + PathText(path), entry));
      }
    }
    return {};
  }

  bool Match(const std::string& path) {
    bool any = false;
    for (std::size_t i = 0; i < globs_.size(); ++i) {
      if (!globs_[i].Matches(path)) continue;
      matched_[i] = true;
      any = true;
    }
    return any;
  }

  bool MayMatchBelow(const std::string& path) const {
    return std::any_of(globs_.begin(), globs_.end(),
                       [&path](const Glob& glob) { return glob.MayMatchBelow(path); });
  }

  bool IsExcluded(const std::string& path) const {
    const bool named = std::any_of(globs_.begin(), globs_.end(),
                                   [&path](const Glob& glob) { return glob.text() == path; });
    return !named && std::find(excluded_.begin(), excluded_.end(), path) != excluded_.end();
  }

  bool HoldsExcluded(const std::string& directory) const {
    return std::any_of(excluded_.begin(), excluded_.end(), [&directory](const std::string& path) {
      return path.size() > directory.size() && path[directory.size()] == '/' &&
             path.compare(0, directory.size(), directory) == 0;
    });
  }

  void NoMatch(const Glob& glob) {
    problems_.push_back({Severity::kWarning, "glob matches nothing",
                         "\"" + glob.text() +
                             "\" matches no file of the app, so no change of a "
                             "file re-runs the hook through it.",
                         "hooks", hook_.location, "write it relative to the app's directory"});
  }

  void TooMany() {
    problems_.push_back({Severity::kError, "too many files for globs",
                         "More than " + std::to_string(kMostVisited) +
                             " files and directories had to be looked at for the inputs of a hook.",
                         "hooks", hook_.location,
                         "name directories as a whole, such as \"src\", instead of \"**/…\""});
  }

  const FileTree& files_;
  const ManifestHook& hook_;
  const std::vector<std::string>& excluded_;
  Diagnostics& problems_;
  std::vector<Glob> globs_;
  std::vector<bool> matched_;
  std::vector<Input> inputs_;
  std::size_t visited_ = 0;
};

}  // namespace

Result<std::vector<Input>> NarrowedInputs(const FileTree& files, const ManifestHook& hook,
                                          const std::vector<std::string>& excluded,
                                          Diagnostics& problems) {
  return Walk(files, hook, excluded, problems).Run();
}

}  // namespace gitops
