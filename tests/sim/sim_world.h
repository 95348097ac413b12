// SimWorld: the real engine and the real store on a fake Git, a fake cloud and a fake clock, in one
// thread. Every call of every port passes one counter, at which faults strike; a crash drops the
// engine and opens the store anew. Broken rules are collected as sentences.
#pragma once

#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/reconcile/make_engine.h"
#include "engine/store/delivery_store.h"
#include "engine/store/sqlite_store.h"
#include "tests/sim/app_spec.h"
#include "tests/sim/sim_cloud.h"
#include "tests/sim/sim_ports.h"
#include "tests/sim/sim_turn.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_git_mirror.h"
#include "tests/support/faulty_delivery_store.h"
#include "tests/support/temp_dir.h"

namespace gitops {
class DaemonImpl;
}  // namespace gitops

namespace gitops::sim {

/// The value; the simulator's own calls of the store never fail.
template <typename T>
T Must(Result<T> result) {
  if (!result) std::fprintf(stderr, "%s\n", result.error().ToString().c_str());
  return *std::move(result);
}

class SimWorld;

/// Where a command is carried out: on the engine of a process that does just that, or in turns of a
/// daemon.
struct Session {
  Engine& engine;
  SimWorld& world;

  // NOLINTNEXTLINE(google-explicit-constructor): most commands want no more than the engine.
  operator Engine&() const { return engine; }
};

/// What a person or a timer asks.
using Command = std::function<Status(const Session&)>;

/// The state that Git asks for is one that was rolled back.
bool Rejects(const AppRecord& app);

class SimWorld {
 public:
  SimWorld();
  /// A copy of a world at rest: the same past, its own future.
  SimWorld(const SimWorld& other, int);
  ~SimWorld();
  SimWorld(const SimWorld&) = delete;
  SimWorld& operator=(const SimWorld&) = delete;

  // --- The script.

  std::map<std::string, AppSpec> apps;  ///< What the repository is to hold at the next Push.
  int pattern_version = 1;
  AppSpec& App(const std::string& name);
  ObjectId Push();
  EnvironmentSpec& environment() { return config_.environments["default"]; }

  /// Carries a command out. True when it came to its end; false when the engine crashed: it has
  /// been started anew then, and nothing else was done.
  bool Do(const Command& command);
  /// The error of the last command; empty when it had none.
  const std::optional<Error>& last_error() const { return last_error_; }
  /// Passes, and time between them, until nothing is left to do. Faults must be off.
  void Quiesce();
  /// Drops the engine as a crash would and starts it anew.
  void Restart();
  /// Another process takes the state over while this one is at work, and makes one pass.
  void TakeOver();
  /// It did, while the command is under way.
  bool HasLostState() const { return state_lost_; }

  static Command Reconcile(ReconcileRequest request = {});
  /// The real daemon starts (what it had in memory is lost) and does what is due, one piece at a
  /// time, until nothing is.
  static Command Serve(Turn turn = {});

  // --- What comes to a daemon that serves; elsewhere nothing happens.

  /// A webhook of that name, which tells of the newest push.
  void Deliver(const std::string& name);
  /// The configuration file is changed and the daemon asked to read it; false: with errors in it,
  /// and nothing but that changes.
  void Configure(const std::function<void(EnvironmentSpec&)>& change);
  void ConfigureBadly();
  /// A person names it, and reads the report: failures in it are the command's error.
  static Command ReconcileApp(const std::string& app);

  // --- What holds and what is.

  /// Must hold at any moment between two calls of the engine.
  void CheckAlways();
  /// Must hold when nothing is left to do.
  void CheckQuiet();
  /// Must hold at the end: reads whole files.
  void CheckFiles();
  /// Everything that a crash must not change: for comparing two worlds.
  std::string Fingerprint();
  AppRecord Record(const std::string& app);
  std::vector<AppRecord> Records();

  const std::vector<std::string>& violations() const { return violations_; }
  void Violate(const std::string& sentence) { violations_.push_back(sentence); }
  /// The newest things that happened, oldest first.
  const std::vector<std::string>& history() const { return history_; }
  void Note(const std::string& line) { history_.push_back(line); }

  PortCalls calls;
  SimCloud cloud;
  FakeGitMirror mirror;
  FakeClock clock;
  Store& store() { return *store_; }  ///< Without faults.
  DeliveryStore& deliveries() { return *deliveries_; }
  std::uint64_t rows_written() const { return counters_.rows_written.load(); }

 private:
  class RunLog;

  explicit SimWorld(const std::string& database);
  const std::string& DatabaseBytes() const;

  void OpenStore();
  EngineParts PartsWith(Store& store, const Config& config);
  Status ServeOnce(const Turn& turn);
  bool ServePiece(DaemonImpl& daemon, const Turn& turn);
  bool WaitForMore(DaemonImpl& daemon, const Turn& turn);
  void Reload(DaemonImpl& daemon);
  void AnswerDeliveries();
  void Heard(const std::string& text);

  /// Is asked at each effect, before it happens.
  void Witness(const std::string& verb, const std::string& driver, const StepContext& context);
  void WitnessJournal(const std::string& what, const StepContext& context, const Run& run,
                      bool destroys);
  void WitnessDependencies(const std::string& what, const Run& run);
  void WitnessRepetition(const std::string& what, const std::string& driver,
                         const StepContext& context, const Action& action);

  void CheckApp(const AppRecord& record);
  void CheckCloudAgainstRecord(const AppRecord& record, const RecordedState& recorded);
  void CheckCloudAgainstGit(const AppRecord& record, const AppSpec& spec);
  void CheckSnapshots(const AppRecord& record);
  void CheckSources();
  void CheckDeliveriesAreKept();
  void CheckDeliveriesAreAnswered();
  void CheckLookOf(const Delivery& delivery);

  TempDir directory_;
  Config config_;
  WorkCounters counters_;
  DriverRegistry drivers_;
  std::unique_ptr<SecretReader> secrets_;
  std::unique_ptr<HostShell> hosts_;
  std::unique_ptr<Random> random_;
  Log log_{LogLevel::kOff, LogFormat::kText};
  SeamFaults faults_;
  FaultyGitMirror faulty_mirror_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<FaultyStore> faulty_store_;
  std::unique_ptr<DeliveryStore> deliveries_;
  std::unique_ptr<FaultyDeliveryStore> faulty_deliveries_;
  std::unique_ptr<Engine> engine_;

  // --- Of the daemon
  DaemonImpl* daemon_ = nullptr;     ///< While it serves.
  std::uint64_t reloads_asked_ = 0;  ///< As a daemon counts SIGHUPs.
  bool broken_ = false;              ///< The configuration file has errors.
  bool look_owed_ = false;           ///< A new configuration was taken, and no look followed yet.
  std::vector<ObjectId> pushes_;     ///< Oldest first.
  /// Deliveries that were answered 202: the row, and how many pushes there were.
  struct Answered {
    std::int64_t row = 0;
    std::string name;
    std::size_t pushes = 0;
    WallTime time{};
  };
  std::vector<Answered> answered_;

  std::optional<Error> last_error_;
  bool state_lost_ = false;  ///< To another process, while a command is under way.
  std::string said_;         ///< Everything that reports, logs and errors told.
  std::vector<std::string> violations_;
  std::vector<std::string> history_;
  /// The last application of each step that the driver said it did: its run and inputs.
  struct Applied {
    RunId run = 0;
    std::map<std::string, std::string> inputs;
  };
  std::map<ThingKey, Applied> applied_;
  mutable std::string copy_;  ///< The database when so many rows had been written.
  mutable std::uint64_t copied_at_ = 0;
};

}  // namespace gitops::sim
