// FaultyGitMirror: passes every call on to another GitMirror and asks a function before and after
// it, which may answer with an error (the call fails, or its outcome is lost) or throw (a crash in
// the simulator). As thread-safe as what it wraps.
#pragma once

#include <functional>
#include <string_view>
#include <utility>

#include "sources/git_mirror.h"

namespace gitops {

class FaultyGitMirror : public GitMirror {
 public:
  enum class Moment { kBefore, kAfter };
  /// Gets the name of the call, e.g. "WriteSnapshots". An error is what the caller sees.
  using Fault = std::function<Status(std::string_view call, Moment moment)>;

  FaultyGitMirror(GitMirror& inner, Fault fault) : inner_(inner), fault_(std::move(fault)) {}

  Result<Revision> Fetch(const SourceSpec& source, const Revision& known,
                         std::stop_token stop) override {
    return Pass("Fetch", [&] { return inner_.Fetch(source, known, stop); });
  }
  Result<ObjectId> TreeAt(const SourceSpec& source, const ObjectId& commit) override {
    return Pass("TreeAt", [&] { return inner_.TreeAt(source, commit); });
  }
  Result<std::shared_ptr<const FileTree>> Open(const SourceSpec& source,
                                               const ObjectId& tree) override {
    return Pass("Open", [&] { return inner_.Open(source, tree); });
  }
  Result<std::vector<AppDirectory>> FindApps(const SourceSpec& source,
                                             const ObjectId& tree) override {
    return Pass("FindApps", [&] { return inner_.FindApps(source, tree); });
  }
  Result<TreeComparison> Compare(const SourceSpec& source, const ObjectId& from,
                                 const ObjectId& to) override {
    return Pass("Compare", [&] { return inner_.Compare(source, from, to); });
  }
  Result<ObjectId> Import(const SourceSpec& source, const FileTree& files) override {
    return Pass("Import", [&] { return inner_.Import(source, files); });
  }
  Status WriteSnapshots(const SourceSpec& source, const std::string& environment,
                        const std::vector<SnapshotRequest>& add,
                        const std::vector<std::pair<AppId, int>>& drop) override {
    return Pass("WriteSnapshots",
                [&] { return inner_.WriteSnapshots(source, environment, add, drop); });
  }
  Result<Revision> PushRevert(const SourceSpec& source, const std::string& directory,
                              const ObjectId& tree, const std::string& message,
                              std::stop_token stop) override {
    return Pass("PushRevert",
                [&] { return inner_.PushRevert(source, directory, tree, message, stop); });
  }

 private:
  template <typename Call>
  auto Pass(std::string_view name, Call&& call) -> decltype(call()) {
    RETURN_IF_ERROR(fault_(name, Moment::kBefore));
    auto result = call();
    if (!result) return result;
    RETURN_IF_ERROR(fault_(name, Moment::kAfter));
    return result;
  }

  GitMirror& inner_;
  Fault fault_;
};

}  // namespace gitops
