#include "engine/reconcile/keyed_engine.h"

#include <map>
#include <mutex>
#include <utility>

#include "engine/base/check.h"
#include "engine/reconcile/app_graph.h"
#include "engine/reconcile/app_holds.h"
#include "engine/reconcile/app_runner.h"
#include "engine/reconcile/app_values.h"
#include "engine/reconcile/app_work.h"
#include "engine/reconcile/engine_impl.h"
#include "engine/reconcile/pattern_shelf.h"
#include "engine/reconcile/removed_sources.h"
#include "engine/reconcile/source_specs.h"
#include "engine/reconcile/source_work.h"

namespace gitops {
namespace {

/// What apps depend on outside Git, as it was a moment ago: reading it anew for each of a thousand
/// sources would be most of the work of looking at them.
struct Outside {
  Outside(GitMirror& mirror, const std::vector<std::string>& directories, MonotonicTime now)
      : patterns(mirror, directories), made(now) {}

  PatternShelf patterns;
  std::string patterns_digest;
  std::map<std::string, std::string> digests;  ///< By environment.
  const MonotonicTime made;
};

constexpr std::chrono::seconds kMoment{5};

class KeyedEngineImpl : public KeyedEngine {
 public:
  explicit KeyedEngineImpl(const EngineParts& parts)
      : parts_(parts), runner_(parts_), commands_(parts_) {
    CHECK(parts.beside_others);
  }

  Result<Backlog> TakeStock() override {
    Backlog backlog;
    ASSIGN_OR_RETURN(backlog.warnings, ForgetRemovedSources(parts_));
    AppFilter filter;
    filter.needing_work = true;
    filter.now = parts_.clock.Now();
    ASSIGN_OR_RETURN(const auto apps, parts_.store.ListApps(filter));
    for (const AppRecord& app : apps) {
      backlog.tasks.push_back(
          {app.id, app.source, DependencyIds(app.id.environment, app.depends_on), false});
    }
    return backlog;
  }

  Result<LookOutcome> Look(const std::string& source, const LookWish& wish,
                           std::stop_token stop) override {
    const SourceSpec* spec = FindSource(parts_.config, source);
    if (spec == nullptr) return UnknownSource(parts_.config, source);
    ASSIGN_OR_RETURN(const auto outside, OutsideNow());
    ASSIGN_OR_RETURN(const std::string digest, DigestOf(*outside, spec->environment));
    ASSIGN_OR_RETURN(std::optional<SourceRecord> stored, StoredSource(source));
    auto outcome =
        WorkOnSource(parts_, outside->patterns, *spec, digest, wish, stored, std::move(stop));
    const std::lock_guard lock(mutex_);
    if (outcome) {
      sources_[source] = *std::move(stored);
    } else {
      sources_loaded_ = false;  // Nobody knows what of it was recorded.
    }
    return outcome;
  }

  Result<AppOutcome> Work(const AppId& app, const AppWish& wish, std::stop_token stop) override {
    ASSIGN_OR_RETURN(const auto outside, OutsideNow());
    RETURN_IF_ERROR(LoadSources());
    const auto tree_of = [this](const std::string& source) {
      const std::lock_guard lock(mutex_);
      const auto found = sources_.find(source);
      return found == sources_.end() ? ObjectId() : found->second.tree;
    };
    return WorkOnApp(parts_, runner_, outside->patterns, app, tree_of, wish, std::move(stop));
  }

  Engine& commands() override { return commands_; }

  Status Suspend(const AppId& app, const std::string& reason, const std::string& by) override {
    return SuspendApp(parts_, app, reason, by);
  }
  Status Resume(const AppId& app, const std::string& by) override {
    return ResumeApp(parts_, app, by);
  }

 private:
  Result<std::shared_ptr<Outside>> OutsideNow() {
    const std::lock_guard lock(mutex_);
    const MonotonicTime now = parts_.clock.MonotonicNow();
    if (outside_ == nullptr || now - outside_->made >= kMoment) {
      auto fresh = std::make_shared<Outside>(parts_.mirror, parts_.config.patterns, now);
      ASSIGN_OR_RETURN(fresh->patterns_digest, fresh->patterns.DirectoriesDigest());
      outside_ = std::move(fresh);
    }
    return outside_;
  }

  Result<std::string> DigestOf(Outside& outside, const std::string& environment) {
    const std::lock_guard lock(mutex_);
    auto [found, fresh] = outside.digests.try_emplace(environment);
    if (fresh) {
      found->second = EnvironmentDigest(parts_.config.Environment(environment), parts_.secrets,
                                        parts_.digest_key.Reveal()) +
                      outside.patterns_digest;
    }
    return found->second;
  }

  Status LoadSources() {
    const std::lock_guard lock(mutex_);
    if (sources_loaded_) return {};
    ASSIGN_OR_RETURN(auto stored, parts_.store.LoadSources());
    sources_.clear();
    for (SourceRecord& record : stored) sources_[record.name] = std::move(record);
    sources_loaded_ = true;
    return {};
  }

  Result<std::optional<SourceRecord>> StoredSource(const std::string& name) {
    RETURN_IF_ERROR(LoadSources());
    const std::lock_guard lock(mutex_);
    const auto found = sources_.find(name);
    if (found == sources_.end()) return std::optional<SourceRecord>();
    return std::optional<SourceRecord>(found->second);
  }

  const EngineParts parts_;
  AppRunner runner_;
  EngineImpl commands_;
  std::mutex mutex_;  ///< Guards everything below and what is in `outside_`, but its patterns.
  std::shared_ptr<Outside> outside_;
  /// As the store has them: nobody else writes them while this process holds the state.
  std::map<std::string, SourceRecord> sources_;
  bool sources_loaded_ = false;
};

}  // namespace

std::unique_ptr<KeyedEngine> MakeKeyedEngine(const EngineParts& parts) {
  return std::make_unique<KeyedEngineImpl>(parts);
}

}  // namespace gitops
