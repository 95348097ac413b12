// SerialMirror: makes the calls for one source wait for each other, as GitMirror asks of its
// callers: those that talk to the remote among themselves, and those that work on what is here
// among themselves. A remote may be silent for minutes; apps are planned and applied from what is
// here meanwhile. Other sources go on. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "sources/git_mirror.h"

namespace gitops {

class SerialMirror : public GitMirror {
 public:
  explicit SerialMirror(GitMirror& mirror) : mirror_(mirror) {}

  Result<Revision> Fetch(const SourceSpec& source, const Revision& known,
                         std::stop_token stop) override {
    const std::lock_guard lock(LocksOf(source).remote);
    return mirror_.Fetch(source, known, std::move(stop));
  }
  Result<ObjectId> TreeAt(const SourceSpec& source, const ObjectId& commit) override {
    const std::lock_guard lock(LocksOf(source).local);
    return mirror_.TreeAt(source, commit);
  }
  Result<std::shared_ptr<const FileTree>> Open(const SourceSpec& source,
                                               const ObjectId& tree) override {
    const std::lock_guard lock(LocksOf(source).local);
    return mirror_.Open(source, tree);
  }
  Result<std::vector<AppDirectory>> FindApps(const SourceSpec& source,
                                             const ObjectId& tree) override {
    const std::lock_guard lock(LocksOf(source).local);
    return mirror_.FindApps(source, tree);
  }
  Result<TreeComparison> Compare(const SourceSpec& source, const ObjectId& from,
                                 const ObjectId& to) override {
    const std::lock_guard lock(LocksOf(source).local);
    return mirror_.Compare(source, from, to);
  }
  Result<ObjectId> Import(const SourceSpec& source, const FileTree& files) override {
    const std::lock_guard lock(LocksOf(source).local);
    return mirror_.Import(source, files);
  }
  Status WriteSnapshots(const SourceSpec& source, const std::string& environment,
                        const std::vector<SnapshotRequest>& add,
                        const std::vector<std::pair<AppId, int>>& drop) override {
    const std::lock_guard lock(LocksOf(source).local);
    return mirror_.WriteSnapshots(source, environment, add, drop);
  }
  Result<Revision> PushRevert(const SourceSpec& source, const std::string& directory,
                              const ObjectId& tree, const std::string& message,
                              std::stop_token stop) override {
    const std::lock_guard lock(LocksOf(source).remote);
    return mirror_.PushRevert(source, directory, tree, message, std::move(stop));
  }

 private:
  struct Locks {
    std::mutex remote;
    std::mutex local;
  };

  Locks& LocksOf(const SourceSpec& source) {
    const std::lock_guard lock(mutex_);
    return locks_[source.name];  // A map never moves its values.
  }

  GitMirror& mirror_;
  std::mutex mutex_;  ///< Guards locks_.
  std::map<std::string, Locks> locks_;
};

}  // namespace gitops
