// FakeGitMirror: GitMirror in memory. A test scripts what the remotes hold (Commit, RemoveRef),
// which calls fail (Fail), and what a gc takes away (CollectGarbage). Sources are known by name.
// Thread-safe.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/work_counters.h"
#include "sources/git_mirror.h"
#include "tests/support/memory_tree.h"

namespace gitops {

class FakeGitMirror : public GitMirror {
 public:
  struct StoredSnapshot {
    ObjectId app_tree;
    ObjectId pattern_tree;
  };

  /// `counters` (may be null) gets remote_queries and fetches as the real one counts them.
  explicit FakeGitMirror(WorkCounters* counters = nullptr) : counters_(counters) {}

  /// Becomes what `other` is now.
  void CopyFrom(const FakeGitMirror& other) {
    const std::scoped_lock lock(mutex_, other.mutex_);
    commits_made_ = other.commits_made_;
    sources_ = other.sources_;
    failures_ = other.failures_;
    calls_ = other.calls_;
  }

  // ---- The script.

  /// Pushes `tree` to the source's remote; returns the new commit. Two pushes of one tree differ.
  ObjectId Commit(const std::string& source, const MemoryTree& tree) {
    const std::lock_guard lock(mutex_);
    return CommitLocked(source, tree);
  }
  /// Moves the tip to an older commit (a force-push).
  void MoveTip(const std::string& source, const ObjectId& commit) {
    const std::lock_guard lock(mutex_);
    CHECK(sources_[source].commits.contains(commit));
    sources_[source].tip = commit;
  }
  /// Deletes the branch on the remote.
  void RemoveRef(const std::string& source) {
    const std::lock_guard lock(mutex_);
    sources_[source].tip.reset();
  }
  /// Every further `call` ("Fetch", "TreeAt", "Open", "FindApps", "Compare", "Import",
  /// "WriteSnapshots", "PushRevert") for the source fails, `times` times; -1: until Heal. The next
  /// `skip` calls still go through.
  void Fail(const std::string& source, const std::string& call, Error error, int times = -1,
            int skip = 0) {
    const std::lock_guard lock(mutex_);
    failures_.insert_or_assign({source, call}, Failure{std::move(error), times, skip});
  }
  void Heal(const std::string& source) {
    const std::lock_guard lock(mutex_);
    std::erase_if(failures_, [&](const auto& item) { return item.first.first == source; });
  }
  /// Forgets every commit but the tip, and every tree that neither it nor a snapshot holds and that
  /// was not imported: the garbage is that of the source's repository.
  void CollectGarbage(const std::string& source) {
    const std::lock_guard lock(mutex_);
    SourceState& state = sources_[source];
    std::vector<MemoryTree::NodePtr> keep;
    std::erase_if(state.commits, [&](const auto& item) { return item.first != state.tip; });
    for (const auto& [id, tree] : state.commits) keep.push_back(tree.root());
    for (const auto& [environment, snapshots] : state.snapshots) {
      for (const auto& [key, snapshot] : snapshots) {
        keep.push_back(state.trees.at(snapshot.app_tree));
        if (!snapshot.pattern_tree.IsZero()) keep.push_back(state.trees.at(snapshot.pattern_tree));
      }
    }
    for (const ObjectId& tree : state.imported) keep.push_back(state.trees.at(tree));
    state.trees.clear();
    for (const auto& node : keep) Register(state, node);
  }

  // ---- What happened.

  /// How often `call` was made for the source, failures included.
  int Calls(const std::string& source, const std::string& call) const {
    const std::lock_guard lock(mutex_);
    const auto found = calls_.find({source, call});
    return found == calls_.end() ? 0 : found->second;
  }
  std::map<std::pair<AppId, int>, StoredSnapshot> Snapshots(const std::string& source,
                                                            const std::string& environment) const {
    const std::lock_guard lock(mutex_);
    const auto state = sources_.find(source);
    if (state == sources_.end()) return {};
    const auto found = state->second.snapshots.find(environment);
    if (found == state->second.snapshots.end()) return {};
    return found->second;
  }
  std::optional<ObjectId> Tip(const std::string& source) const {
    const std::lock_guard lock(mutex_);
    const auto state = sources_.find(source);
    return state == sources_.end() ? std::nullopt : state->second.tip;
  }
  std::optional<MemoryTree> TreeOf(const std::string& source, const ObjectId& commit) const {
    const std::lock_guard lock(mutex_);
    const auto state = sources_.find(source);
    if (state == sources_.end() || !state->second.commits.contains(commit)) return std::nullopt;
    return state->second.commits.at(commit);
  }

  // ---- GitMirror.

  Result<Revision> Fetch(const SourceSpec& source, const Revision& known,
                         std::stop_token stop) override {
    const std::lock_guard lock(mutex_);
    RETURN_IF_ERROR(Enter(source.name, "Fetch"));
    if (stop.stop_requested()) return MakeError(ErrorKind::kCancelled, "fetch was stopped");
    if (counters_ != nullptr) Count(counters_->remote_queries);
    const SourceState& state = sources_[source.name];
    if (!state.tip) {
      return MakeError(ErrorKind::kNotFound, "branch not found", source.ref + " is not there");
    }
    if (known.commit != *state.tip && counters_ != nullptr) Count(counters_->fetches);
    return Revision{source.ref, *state.tip};
  }

  Result<ObjectId> TreeAt(const SourceSpec& source, const ObjectId& commit) override {
    const std::lock_guard lock(mutex_);
    RETURN_IF_ERROR(Enter(source.name, "TreeAt"));
    const SourceState& state = sources_[source.name];
    const auto found = state.commits.find(commit);
    if (found == state.commits.end()) {
      return MakeError(ErrorKind::kNotFound, "commit not found", commit.Hex());
    }
    const auto tree = found->second.Subtree(source.path);
    if (!tree) return MakeError(ErrorKind::kNotFound, "folder not found", source.path);
    return tree->Id();
  }

  Result<std::shared_ptr<const FileTree>> Open(const SourceSpec& source,
                                               const ObjectId& tree) override {
    const std::lock_guard lock(mutex_);
    RETURN_IF_ERROR(Enter(source.name, "Open"));
    ASSIGN_OR_RETURN(MemoryTree::NodePtr node, TreeNode(source.name, tree));
    return std::shared_ptr<const FileTree>(std::make_shared<MemoryTree>(std::move(node)));
  }

  Result<std::vector<AppDirectory>> FindApps(const SourceSpec& source,
                                             const ObjectId& tree) override {
    const std::lock_guard lock(mutex_);
    RETURN_IF_ERROR(Enter(source.name, "FindApps"));
    ASSIGN_OR_RETURN(const MemoryTree::NodePtr node, TreeNode(source.name, tree));
    return AppsBelow(*node, source.path);
  }

  Result<TreeComparison> Compare(const SourceSpec& source, const ObjectId& from,
                                 const ObjectId& to) override {
    const std::lock_guard lock(mutex_);
    RETURN_IF_ERROR(Enter(source.name, "Compare"));
    ASSIGN_OR_RETURN(const MemoryTree::NodePtr old_node, TreeNode(source.name, from));
    ASSIGN_OR_RETURN(const MemoryTree::NodePtr new_node, TreeNode(source.name, to));
    TreeComparison result;
    std::map<std::string, AppDirectory> old_apps;
    for (AppDirectory& app : AppsBelow(*old_node, source.path)) old_apps[app.path] = app;
    for (AppDirectory& app : AppsBelow(*new_node, source.path)) {
      const auto old = old_apps.find(app.path);
      if (old == old_apps.end()) {
        result.added.push_back(app);
        continue;
      }
      if (old->second != app) result.changed.push_back(app);
      old_apps.erase(old);
    }
    for (const auto& [path, app] : old_apps) result.removed.push_back(app);
    result.patterns_changed = ChildId(*old_node, "patterns") != ChildId(*new_node, "patterns");
    return result;
  }

  Result<ObjectId> Import(const SourceSpec& source, const FileTree& files) override {
    {
      const std::lock_guard lock(mutex_);
      RETURN_IF_ERROR(Enter(source.name, "Import"));
    }
    ASSIGN_OR_RETURN(const MemoryTree tree, MemoryTree::From(files));
    const std::lock_guard lock(mutex_);
    Register(sources_[source.name], tree.root());
    sources_[source.name].imported.insert(tree.Id());
    return tree.Id();
  }

  Status WriteSnapshots(const SourceSpec& source, const std::string& environment,
                        const std::vector<SnapshotRequest>& add,
                        const std::vector<std::pair<AppId, int>>& drop) override {
    const std::lock_guard lock(mutex_);
    RETURN_IF_ERROR(Enter(source.name, "WriteSnapshots"));
    for (const SnapshotRequest& request : add) {
      RETURN_IF_ERROR(TreeNode(source.name, request.app_tree));
      if (!request.pattern_tree.IsZero()) {
        RETURN_IF_ERROR(TreeNode(source.name, request.pattern_tree));
      }
    }
    auto& snapshots = sources_[source.name].snapshots[environment];
    std::erase_if(snapshots, [&](const auto& item) {
      const auto& [app, number] = item.first;
      return std::any_of(drop.begin(), drop.end(), [&](const auto& dropped) {
        return dropped.first == app &&
               (dropped.second == number || dropped.second == kAllSnapshots);
      });
    });
    for (const SnapshotRequest& request : add) {
      snapshots[{request.app, request.number}] = {request.app_tree, request.pattern_tree};
    }
    return {};
  }

  Result<Revision> PushRevert(const SourceSpec& source, const std::string& directory,
                              const ObjectId& tree, const std::string& /*message*/,
                              std::stop_token /*stop*/) override {
    const std::lock_guard lock(mutex_);
    RETURN_IF_ERROR(Enter(source.name, "PushRevert"));
    ASSIGN_OR_RETURN(MemoryTree::NodePtr node, TreeNode(source.name, tree));
    SourceState& state = sources_[source.name];
    if (source.ref_kind != RefKind::kBranch) {
      return MakeError(ErrorKind::kInvalid, "not a branch", source.ref);
    }
    if (!state.tip) return MakeError(ErrorKind::kNotFound, "branch not found", source.ref);
    const MemoryTree reverted =
        state.commits.at(*state.tip).WithTree(directory, MemoryTree(std::move(node)));
    return Revision{source.ref, CommitLocked(source.name, reverted)};
  }

 private:
  struct SourceState {
    std::optional<ObjectId> tip;
    std::map<ObjectId, MemoryTree> commits;
    std::map<ObjectId, MemoryTree::NodePtr> trees;
    std::set<ObjectId> imported;
    std::map<std::string, std::map<std::pair<AppId, int>, StoredSnapshot>> snapshots;
  };
  struct Failure {
    Error error;
    int times;
    int skip;
  };

  ObjectId CommitLocked(const std::string& source, const MemoryTree& tree) {
    SourceState& state = sources_[source];
    const ObjectId commit = GitObjectId(
        "commit", "tree " + tree.Id().Hex() + "\n\n" + source + std::to_string(++commits_made_));
    state.commits.insert_or_assign(commit, tree);
    state.tip = commit;
    Register(state, tree.root());
    return commit;
  }

  Status Enter(const std::string& source, const std::string& call) {
    ++calls_[{source, call}];
    const auto failure = failures_.find({source, call});
    if (failure == failures_.end() || failure->second.times == 0) return {};
    if (failure->second.skip > 0) {
      --failure->second.skip;
      return {};
    }
    if (failure->second.times > 0) --failure->second.times;
    return failure->second.error;
  }

  static void Register(SourceState& state, const MemoryTree::NodePtr& node) {
    if (node->kind != EntryKind::kDirectory || !state.trees.emplace(node->id, node).second) return;
    for (const auto& [name, child] : node->children) Register(state, child);
  }

  Result<MemoryTree::NodePtr> TreeNode(const std::string& source, const ObjectId& id) {
    const SourceState& state = sources_[source];
    const auto found = state.trees.find(id);
    if (found == state.trees.end()) {
      return MakeError(ErrorKind::kNotFound, "tree not found", id.Hex());
    }
    return found->second;
  }

  static ObjectId ChildId(const MemoryTree::Node& node, const std::string& name) {
    const auto child = node.children.find(name);
    return child == node.children.end() ? ObjectId() : child->second->id;
  }

  static std::vector<AppDirectory> AppsBelow(const MemoryTree::Node& root,
                                             const std::string& path) {
    std::vector<AppDirectory> apps;
    Collect(root, path, path.empty() ? "patterns" : path + "/patterns", apps);
    std::sort(apps.begin(), apps.end(),
              [](const AppDirectory& a, const AppDirectory& b) { return a.path < b.path; });
    return apps;
  }

  /// The rules of sources/tree_walk.h: stop below a manifest, and at a pattern in `patterns`.
  static void Collect(const MemoryTree::Node& node, const std::string& path,
                      const std::string& patterns, std::vector<AppDirectory>& apps) {
    if (path.starts_with(patterns + "/") && node.children.contains("pattern.yaml")) return;
    for (const char* name : {"tfgrid-compose.yaml", "tfgrid-compose.yml"}) {
      const auto manifest = node.children.find(name);
      if (manifest == node.children.end()) continue;
      const EntryKind kind = manifest->second->kind;
      apps.push_back({path, node.id, name, manifest->second->id,
                      kind == EntryKind::kExecutable ? EntryKind::kFile : kind});
      return;
    }
    for (const auto& [name, child] : node.children) {
      if (child->kind != EntryKind::kDirectory) continue;
      Collect(*child, path.empty() ? name : path + "/" + name, patterns, apps);
    }
  }

  WorkCounters* counters_;
  mutable std::mutex mutex_;
  int commits_made_ = 0;
  std::map<std::string, SourceState> sources_;
  std::map<std::pair<std::string, std::string>, Failure> failures_;
  std::map<std::pair<std::string, std::string>, int> calls_;
};

}  // namespace gitops
