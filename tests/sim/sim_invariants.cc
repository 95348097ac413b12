// What must hold in a SimWorld: at each effect, between any two calls, and at rest.
#include <fstream>
#include <set>

#include "differ/guard.h"
#include "engine/reconcile/app_graph.h"
#include "tests/sim/sim_world.h"

namespace gitops::sim {
namespace {

const Action* FindAction(const Run& run, const StepAddress& address, ActionStatus status) {
  for (std::size_t i = 0; i < run.plan.actions.size(); ++i) {
    if (run.plan.actions[i].step.address == address && run.actions[i].status == status) {
      return &run.plan.actions[i];
    }
  }
  return nullptr;
}

bool IsDone(ActionStatus status) {
  return status == ActionStatus::kSucceeded || status == ActionStatus::kSkipped;
}

std::map<std::string, std::string> ByName(const std::vector<Input>& inputs) {
  std::map<std::string, std::string> digests;
  for (const Input& input : inputs) digests[input.name] = input.digest;
  return digests;
}

/// A reason that lets a step run with the inputs it last succeeded with.
bool MayRepeat(ReasonCode code) {
  switch (code) {
    case ReasonCode::kForced:
    case ReasonCode::kOutcomeUnknown:
    case ReasonCode::kLastAttemptFailed:
    case ReasonCode::kAfterOtherSteps:
    case ReasonCode::kDriverChanged:
    case ReasonCode::kMissing:
      return true;
    default:
      return false;
  }
}

bool FileHolds(const std::string& path, const std::string& text) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::string bytes(file ? static_cast<std::size_t>(file.tellg()) : 0, '\0');
  file.seekg(0);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return bytes.find(text) != std::string::npos;
}

}  // namespace

// --- At each effect

void SimWorld::Witness(const std::string& verb, const std::string& driver,
                       const StepContext& context) {
  const Effect effect{verb, context.app, context.step.address, driver, context.run};
  const std::string what = effect.ToString();
  Note(what);
  const auto run = Must(store_->LoadRun(context.run));
  if (!run) return Violate(what + ": the journal has no such run");
  const bool destroys = verb == "destroy";
  WitnessJournal(what, context, *run, destroys);
  WitnessDependencies(what, *run);
  const Action* action = FindAction(*run, context.step.address, ActionStatus::kRunning);
  if (action == nullptr) return;
  if (destroys) {
    applied_.erase({context.app, context.step.address, driver});
  } else {
    WitnessRepetition(what, driver, context, *action);
  }
  if (run->plan.kind == PlanKind::kDelete) {
    std::erase_if(applied_, [&](const auto& item) { return item.first.app == context.app; });
  }
}

void SimWorld::WitnessJournal(const std::string& what, const StepContext& context, const Run& run,
                              bool destroys) {
  if (run.status != RunStatus::kRunning) Violate(what + ": the run is over");
  if (run.plan.app != context.app) Violate(what + ": the run belongs to another app");
  const Action* action = FindAction(run, context.step.address, ActionStatus::kRunning);
  if (action == nullptr) return Violate(what + ": it was not marked as started");
  const bool fits =
      destroys ? action->kind == ActionKind::kDelete || action->kind == ActionKind::kReplace
               : action->kind != ActionKind::kDelete;
  if (!fits) Violate(what + ": the plan says " + std::string(ToString(action->kind)));
  for (std::size_t i = 0; &run.plan.actions[i] != action; ++i) {
    if (!IsDone(run.actions[i].status)) {
      Violate(what + ": " + run.plan.actions[i].step.address.ToString() + " comes first and is " +
              std::string(ToString(run.actions[i].status)));
    }
  }
}

void SimWorld::WitnessDependencies(const std::string& what, const Run& run) {
  int of_app = 0;
  for (const Run& other : Must(store_->UnfinishedRuns()))
    of_app += other.plan.app == run.plan.app ? 1 : 0;
  if (of_app != 1) Violate(what + ": " + std::to_string(of_app) + " runs of one app are under way");
  const auto record = Must(store_->LoadApp(run.plan.app));
  if (!record) return;
  if (run.plan.kind == PlanKind::kApply) {
    for (const AppId& id : DependencyIds(run.plan.app.environment, record->depends_on)) {
      const auto dependency = Must(store_->LoadApp(id));
      if (!dependency || dependency->health != Health::kHealthy) {
        Violate(what + ": it depends on " + id.ToString() + ", which is not healthy");
      }
    }
  }
  if (run.plan.kind != PlanKind::kDelete) return;
  for (const AppRecord& other : Records()) {
    if (!other.has_recorded_steps || other.id == run.plan.app) continue;
    for (const AppId& id : DependencyIds(other.id.environment, other.depends_on)) {
      if (id == run.plan.app) Violate(what + ": " + other.id.ToString() + " still depends on it");
    }
  }
}

void SimWorld::WitnessRepetition(const std::string& what, const std::string& driver,
                                 const StepContext& context, const Action& action) {
  std::map<std::string, std::string> inputs =
      ByName(WithConsumedOutputs(context.step, context.outputs).inputs);
  const ThingKey key{context.app, context.step.address, driver};
  const auto before = applied_.find(key);
  if (before != applied_.end() && before->second.inputs == inputs &&
      !MayRepeat(action.reason.code)) {
    const auto run = Must(store_->LoadRun(before->second.run));
    if (run && FindAction(*run, context.step.address, ActionStatus::kSucceeded) != nullptr) {
      Violate(what + ": it succeeded with the same inputs in run " +
              std::to_string(before->second.run) + " and runs again because " + action.reason.text);
    }
  }
  applied_[key] = {context.run, std::move(inputs)};
}

// --- At any moment

void SimWorld::CheckAlways() {
  CheckDeliveriesAreKept();
  std::set<AppId> running;
  for (const Run& run : Must(store_->UnfinishedRuns())) {
    if (!running.insert(run.plan.app).second) {
      Violate("two runs of " + run.plan.app.ToString() + " are under way");
    }
  }
  std::map<AppId, RecordedState> recorded;
  for (const auto& [key, thing] : cloud.things()) {
    if (!recorded.contains(key.app)) recorded[key.app] = Must(store_->LoadRecorded(key.app));
    const RecordedStep* step = recorded[key.app].Find(key.address);
    if (step == nullptr || step->step.driver != key.driver) {
      // Between its two halves a replacement has the old thing on record, or the new one.
      if (step != nullptr && running.contains(key.app)) continue;
      Violate("nothing on record tells of " + key.app.ToString() + " " + key.address.ToString() +
              " by " + key.driver + ", and it costs money");
    }
  }
  for (const AppRecord& app : Records()) {
    const auto run = Must(store_->LoadRun(app.last_run));
    if (!run || run->status != RunStatus::kSucceeded) continue;
    for (std::size_t i = 0; i < run->actions.size(); ++i) {
      if (IsDone(run->actions[i].status)) continue;
      Violate("run " + std::to_string(run->id) + " succeeded although " +
              run->plan.actions[i].step.address.ToString() + " is " +
              std::string(ToString(run->actions[i].status)));
    }
  }
}

// --- At rest

void SimWorld::CheckQuiet() {
  for (const Run& run : Must(store_->UnfinishedRuns())) {
    Violate("run " + std::to_string(run.id) + " is never finished");
  }
  std::set<AppId> known;
  for (const AppRecord& record : Records()) {
    known.insert(record.id);
    CheckApp(record);
    CheckSnapshots(record);
  }
  for (const auto& [key, thing] : cloud.things()) {
    const RecordedStep* step = nullptr;
    const RecordedState recorded = Must(store_->LoadRecorded(key.app));
    step = recorded.Find(key.address);
    if (!known.contains(key.app) || step == nullptr || step->step.driver != key.driver) {
      Violate(key.app.ToString() + " " + key.address.ToString() + " by " + key.driver +
              " is left over");
    }
  }
  CheckSources();
}

void SimWorld::CheckApp(const AppRecord& record) {
  const std::string name = record.id.ToString();
  const RecordedState recorded = Must(store_->LoadRecorded(record.id));
  const bool settled = record.sync == SyncStatus::kSynced;
  if (!settled && record.reason.empty()) Violate(name + " is not in sync and nobody says why");
  if (settled && record.health != Health::kHealthy) Violate(name + " is Synced but not Healthy");
  if (settled && record.dirty) Violate(name + " is Synced and still to be looked at");
  if (record.health == Health::kProgressing) Violate(name + " is Progressing for ever");
  if (record.health == Health::kHealthy) CheckCloudAgainstRecord(record, recorded);
  const auto spec = apps.find(record.id.name);
  if (settled && spec == apps.end()) Violate(name + " is Synced and not in Git");
  if (settled && spec != apps.end()) CheckCloudAgainstGit(record, spec->second);
  if (settled && !Must(store_->LoadRun(record.last_run))) {
    Violate(name + " is Synced without a run");
  }
}

void SimWorld::CheckCloudAgainstRecord(const AppRecord& record, const RecordedState& recorded) {
  const std::string name = record.id.ToString();
  for (const RecordedStep& step : recorded.steps) {
    const std::string what = name + " " + step.step.address.ToString();
    if (step.tainted) Violate(what + " did not succeed, but the app is Healthy");
    const auto inputs = ByName(step.step.inputs);
    if (step.step.nature == StepNature::kHook) {
      const auto trace = cloud.hooks().find({record.id, step.step.address});
      if (trace == cloud.hooks().end()) {
        Violate(what + " is on record and never ran on this host");
      } else if (trace->second.half || trace->second.inputs != inputs) {
        Violate(what + " ran last with something else than the record says");
      }
      continue;
    }
    const auto thing = cloud.things().find({record.id, step.step.address, step.step.driver});
    if (thing == cloud.things().end()) {
      Violate(what + " is on record and not there");
    } else if (thing->second.half || thing->second.inputs != inputs) {
      Violate(what + " is not what the record says");
    }
  }
}

void SimWorld::CheckCloudAgainstGit(const AppRecord& record, const AppSpec& spec) {
  const std::string name = record.id.ToString();
  // What Git says now, read without the engine.
  const auto tip = mirror.Tip("apps");
  const auto tree = tip ? mirror.TreeOf("apps", *tip) : std::nullopt;
  const auto files = tree ? tree->Subtree(spec.directory) : std::nullopt;
  if (!files) return;  // The ref is gone: the last good state stays.
  const auto text = [&](const std::string& path) { return Must(files->Read(path, 1U << 20U)); };
  const std::string manifest = text("tfgrid-compose.yaml");
  const bool pair = manifest.find("pattern: pair") != std::string::npos;
  const std::string driver = manifest.find("pattern: vm") != std::string::npos ? "local" : "metal";
  bool any_host = false;
  for (const auto& [key, thing] : cloud.things()) {
    if (!(key.app == record.id)) continue;
    if (key.address.phase == Phase::kInfrastructure) {
      any_host = true;
      if (key.driver != driver) Violate(name + ": wrong driver");
      const std::string& memory = thing.settings.at("variables.memory");
      if (manifest.find("{memory: " + memory + "}") == std::string::npos) {
        Violate(name + " has memory " + memory);
      }
    }
    if (key.driver == "files" && thing.settings.at("page") != text("src/index.html")) {
      Violate(name + " serves " + thing.settings.at("page"));
    }
  }
  if (!any_host) Violate(name + " is Synced and has no host");
  std::map<std::string, int> ran;
  for (const auto& [key, trace] : cloud.hooks()) {
    const std::string& hook = key.address.step;
    if (!(key.app == record.id) || hook == "teardown") continue;
    ++ran[hook];
    if (trace.script != text("deployment/" + hook + ".sh")) {
      Violate(name + " last ran another script as " + key.address.ToString());
    }
    if (hook != "configure") continue;
    const auto greeting = trace.environment.find("GREETING");
    if (greeting == trace.environment.end() ||
        manifest.find("default: \"" + greeting->second + "\"") == std::string::npos) {
      Violate(name + " was configured with another GREETING than Git says");
    }
    if (!trace.environment.contains("PASSWORD")) {
      Violate(name + " was configured without its PASSWORD");
    }
  }
  for (const char* hook : {"setup", "configure", "healthcheck"}) {
    if (ran[hook] != (pair ? 2 : 1)) Violate(name + " lacks a " + hook);
  }
}

void SimWorld::CheckSnapshots(const AppRecord& record) {
  const auto there = mirror.Snapshots("apps", record.id.environment);
  bool current = record.current_snapshot == 0;
  for (const Snapshot& snapshot : Must(store_->ListSnapshots(record.id))) {
    current |= snapshot.number == record.current_snapshot;
    const auto kept = there.find({record.id, snapshot.number});
    if (kept == there.end() || !(kept->second.app_tree == snapshot.app_tree)) {
      Violate("the trees of snapshot " + std::to_string(snapshot.number) + " of " +
              record.id.ToString() + " are gone");
    }
  }
  if (!current) Violate(record.id.ToString() + " lost its current snapshot");
}

void SimWorld::CheckSources() {
  for (const SourceRecord& source : Must(store_->LoadSources())) {
    const auto tip = mirror.Tip(source.name);
    if (!tip) {
      if (!source.error) Violate("a source that cannot be read has no error on record");
      continue;
    }
    if (!(source.revision.commit == *tip)) Violate("the newest commit was never considered");
    for (const auto& [name, spec] : apps) {
      if (Record(name).id.name.empty()) Violate(name + " is in Git and not known");
    }
  }
  for (const AppRecord& record : Records()) {
    if (record.source == "apps" && !apps.contains(record.id.name) && mirror.Tip("apps") &&
        record.presence != Presence::kOrphaned) {
      Violate(record.id.ToString() + " is not in Git and not an orphan");
    }
  }
}

void SimWorld::CheckFiles() {
  if (Status whole = store_->CheckIntegrity(); !whole) Violate(whole.error().ToString());
  for (const char* file : {"state.db", "state.db-wal"}) {
    if (FileHolds(directory_ / file, kPlantedSecret))
      Violate(std::string("a secret is in ") + file);
  }
  if (said_.find(kPlantedSecret) != std::string::npos) Violate("a secret was said");
}

}  // namespace gitops::sim
