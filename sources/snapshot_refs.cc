#include "sources/snapshot_refs.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <set>

#include "engine/base/digest.h"
#include "sources/object_batch.h"

namespace gitops {
namespace {

std::string RefOf(const std::string& environment) { return "refs/snapshots/" + environment; }

std::string ShardOf(const std::string& app) { return Sha256Hex(app).substr(0, 2); }

/// One directory while it is edited.
using Directory = std::map<std::string, TreeEntry>;

void Put(Directory& directory, const std::string& name, const ObjectId& tree) {
  if (tree.IsZero()) {
    directory.erase(name);
  } else {
    directory[name] = TreeEntry{name, EntryKind::kDirectory, tree};
  }
}

class SnapshotEdit {
 public:
  /// What is new goes into `batch`, which the caller writes.
  SnapshotEdit(GitRepository& repository, ObjectBatch& batch)
      : repository_(repository), batch_(batch) {}

  struct Change {
    bool drop_all = false;            ///< Those that are there.
    std::map<int, ObjectId> numbers;  ///< Zero: remove it.
  };

  /// Writes `root` with the changes; returns the new root (zero: nothing is left).
  Result<ObjectId> Apply(const ObjectId& root,
                         const std::map<std::string, std::map<std::string, Change>>& shards) {
    ASSIGN_OR_RETURN(Directory directory, Read(root));
    for (const auto& [shard, apps] : shards) {
      ASSIGN_OR_RETURN(const ObjectId changed, ApplyShard(Child(directory, shard), apps));
      Put(directory, shard, changed);
    }
    return Replace(root, directory);
  }

  /// Shards and roots that the new root does not hold any more.
  const std::vector<ObjectId>& superseded() const { return superseded_; }

 private:
  Result<ObjectId> ApplyShard(const ObjectId& shard, const std::map<std::string, Change>& apps) {
    ASSIGN_OR_RETURN(Directory directory, Read(shard));
    for (const auto& [app, change] : apps) {
      ASSIGN_OR_RETURN(Directory numbers,
                       Read(change.drop_all ? ObjectId() : Child(directory, app)));
      for (const auto& [number, tree] : change.numbers) Put(numbers, std::to_string(number), tree);
      Put(directory, app, Write(numbers));
    }
    return Replace(shard, directory);
  }

  Result<ObjectId> Replace(const ObjectId& old_tree, const Directory& directory) {
    const ObjectId new_tree = Write(directory);
    if (!old_tree.IsZero() && new_tree != old_tree) superseded_.push_back(old_tree);
    return new_tree;
  }

  static ObjectId Child(const Directory& directory, const std::string& name) {
    const auto found = directory.find(name);
    return found == directory.end() ? ObjectId() : found->second.id;
  }

  Result<Directory> Read(const ObjectId& tree) {
    Directory directory;
    if (tree.IsZero()) return directory;
    Result<std::shared_ptr<const TreeEntries>> entries = repository_.ReadTree(tree);
    if (!entries) {
      Error error = std::move(entries).error();
      error.kind = ErrorKind::kCorruption;
      return std::move(error).WithContext("reading snapshots");
    }
    for (const TreeEntry& entry : **entries) directory[entry.name] = entry;
    return directory;
  }

  ObjectId Write(const Directory& directory) {
    if (directory.empty()) return ObjectId();
    TreeEntries entries;
    for (const auto& [name, entry] : directory) entries.push_back(entry);
    return batch_.Add(ObjectType::kTree, EncodeTree(std::move(entries)));
  }

  GitRepository& repository_;
  ObjectBatch& batch_;
  std::vector<ObjectId> superseded_;
};

Status CheckNames(const std::string& environment, const AppId& app, int number) {
  if (app.environment == environment && IsValidName(environment) && IsValidName(app.name) &&
      number > 0) {
    return {};
  }
  return MakeError(ErrorKind::kInvalid, "not a snapshot of this environment",
                   app.ToString() + " " + std::to_string(number) + " in " + environment);
}

Result<ObjectId> AddSnapshotTree(GitRepository& repository, const SnapshotRequest& request,
                                 ObjectBatch& batch) {
  TreeEntries entries;
  for (const auto& [name, tree] :
       {std::pair("app", request.app_tree), std::pair("pattern", request.pattern_tree)}) {
    if (tree.IsZero() && std::string_view(name) == "pattern") continue;
    ASSIGN_OR_RETURN(const auto header, repository.Header(tree));
    if (!header || header->first != ObjectType::kTree) {
      return MakeError(ErrorKind::kNotFound, "tree of a snapshot not found",
                       std::string(name) + " tree " + tree.Hex() + " of " + request.app.ToString());
    }
    entries.push_back({name, EntryKind::kDirectory, tree});
  }
  return batch.Add(ObjectType::kTree, EncodeTree(std::move(entries)));
}

/// Removes loose objects that only an older state of this ref used. They would pile up: a root with
/// 256 shards has 9 KB that do not compress. Roots and shards only: nothing else can equal them
/// but those of another environment, which are looked at. What is left behind is harmless.
Status RemoveSuperseded(GitRepository& repository, const std::string& ref,
                        std::vector<ObjectId> superseded, const ObjectId& new_root) {
  ASSIGN_OR_RETURN(const std::vector<std::string> refs,
                   repository.ListRefs("refs/snapshots/", 10'000));
  std::set<ObjectId> used;
  for (const std::string& other : refs) {
    ASSIGN_OR_RETURN(const std::optional<ObjectId> commit, repository.ReadRef(other));
    if (!commit) continue;
    ObjectId root = new_root;
    if (other != ref) {
      ASSIGN_OR_RETURN(root, repository.TreeOfCommit(*commit));
    }
    used.insert(*commit);
    used.insert(root);
    ASSIGN_OR_RETURN(const std::shared_ptr<const TreeEntries> shards, repository.ReadTree(root));
    for (const TreeEntry& shard : *shards) used.insert(shard.id);
  }
  for (const ObjectId& id : superseded) {
    if (used.contains(id)) continue;
    const std::string hex = id.Hex();
    const std::string path =
        repository.ObjectsDirectory() + "/" + hex.substr(0, 2) + "/" + hex.substr(2);
    unlink(path.c_str());  // Fails when it is in a pack, which is fine.
  }
  return {};
}

}  // namespace

std::string EncodeCommit(const ObjectId& tree, const std::vector<ObjectId>& parents,
                         const std::string& message, WallTime time) {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  const std::string who = "tfgrid-compose <tfgrid-compose@localhost> " +
                          std::to_string(std::max<std::int64_t>(0, seconds)) + " +0000\n";
  std::string text = "tree " + tree.Hex() + "\n";
  for (const ObjectId& parent : parents) text += "parent " + parent.Hex() + "\n";
  text += "author " + who + "committer " + who + "\n" + message;
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

Status UpdateSnapshots(GitRepository& repository, const std::string& environment,
                       const std::vector<SnapshotRequest>& add,
                       const std::vector<std::pair<AppId, int>>& drop, const Clock& clock) {
  ObjectBatch batch;
  std::map<std::string, std::map<std::string, SnapshotEdit::Change>> shards;
  for (const auto& [app, number] : drop) {
    const bool all = number == kAllSnapshots;
    RETURN_IF_ERROR(CheckNames(environment, app, all ? 1 : number));
    SnapshotEdit::Change& change = shards[ShardOf(app.name)][app.name];
    if (all) {
      change.drop_all = true;
    } else {
      change.numbers[number] = ObjectId();
    }
  }
  for (const SnapshotRequest& request : add) {
    RETURN_IF_ERROR(CheckNames(environment, request.app, request.number));
    ASSIGN_OR_RETURN(shards[ShardOf(request.app.name)][request.app.name].numbers[request.number],
                     AddSnapshotTree(repository, request, batch));
  }
  const std::string ref = RefOf(environment);
  ASSIGN_OR_RETURN(const std::optional<ObjectId> old_commit, repository.ReadRef(ref));
  ObjectId old_root;
  if (old_commit) {
    ASSIGN_OR_RETURN(old_root, repository.TreeOfCommit(*old_commit));
  }
  SnapshotEdit edit(repository, batch);
  ASSIGN_OR_RETURN(ObjectId new_root, edit.Apply(old_root, shards));
  if (new_root == old_root) return {};
  if (new_root.IsZero()) {
    new_root = batch.Add(ObjectType::kTree, "");
    if (new_root == old_root) return {};
  }
  RETURN_IF_ERROR(batch.Write(repository));
  ASSIGN_OR_RETURN(
      const ObjectId commit,
      repository.Write(ObjectType::kCommit,
                       EncodeCommit(new_root, {}, "snapshots of " + environment, clock.Now())));
  RETURN_IF_ERROR(repository.WriteRef(ref, commit, old_commit.value_or(ObjectId())));
  std::vector<ObjectId> superseded = edit.superseded();
  if (old_commit) superseded.push_back(*old_commit);
  // The snapshots are durable: what goes wrong with tidying up is no failure of theirs.
  (void)RemoveSuperseded(repository, ref, std::move(superseded), new_root).has_value();
  return {};
}

Result<std::map<int, std::pair<ObjectId, ObjectId>>> ReadSnapshots(GitRepository& repository,
                                                                   const AppId& app) {
  std::map<int, std::pair<ObjectId, ObjectId>> snapshots;
  ASSIGN_OR_RETURN(const std::optional<ObjectId> commit,
                   repository.ReadRef(RefOf(app.environment)));
  if (!commit) return snapshots;
  ASSIGN_OR_RETURN(ObjectId tree, repository.TreeOfCommit(*commit));
  for (const std::string& name : {ShardOf(app.name), app.name}) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const TreeEntries> entries, repository.ReadTree(tree));
    const TreeEntry* entry = FindEntry(*entries, name);
    if (entry == nullptr) return snapshots;
    tree = entry->id;
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<const TreeEntries> numbers, repository.ReadTree(tree));
  for (const TreeEntry& entry : *numbers) {
    int number = 0;
    const char* end = entry.name.data() + entry.name.size();
    if (std::from_chars(entry.name.data(), end, number).ptr != end) continue;
    ASSIGN_OR_RETURN(const std::shared_ptr<const TreeEntries> trees, repository.ReadTree(entry.id));
    const TreeEntry* app_tree = FindEntry(*trees, "app");
    const TreeEntry* pattern = FindEntry(*trees, "pattern");
    if (app_tree == nullptr) continue;
    snapshots[number] = {app_tree->id, pattern == nullptr ? ObjectId() : pattern->id};
  }
  return snapshots;
}

}  // namespace gitops
