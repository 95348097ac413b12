// DaemonControl: what others may ask of a running daemon: the API, webhooks, health. Every method
// may be called from any thread; none waits for work to be done. The daemon implements it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/result.h"
#include "engine/model/config.h"
#include "engine/model/report.h"
#include "engine/reconcile/daemon_observer.h"
#include "engine/reconcile/engine.h"

namespace gitops {

/// Names a request until it is forgotten, also to others: never 0, never used twice by one daemon.
using TicketId = std::uint64_t;

enum class TicketState {
  kWaiting,    ///< Nothing of it has begun.
  kWorking,    ///< Some of it has.
  kDone,       ///< `report` tells what came out; single apps may have failed.
  kFailed,     ///< `error` tells why it could not be carried out.
  kCancelled,  ///< The daemon stops; what was begun is taken up at the next start.
  /// Another process had accepted it and ended before it was over, and to carry it out again would
  /// not be safe. No ticket is so.
  kInterrupted,
};

/// "waiting", "working", "done", "failed", "cancelled", "interrupted".
std::string_view ToString(TicketState state);

/// How far a request is.
struct Ticket {
  TicketId id = 0;
  TicketState state = TicketState::kWaiting;
  std::string what;  ///< "reconcile", "rollback", "down".
  std::string by;
  WallTime asked{};
  std::optional<WallTime> ended;
  std::optional<Error> error;                     ///< kFailed, kCancelled.
  std::shared_ptr<const ReconcileReport> report;  ///< kDone.

  bool IsOver() const { return state != TicketState::kWaiting && state != TicketState::kWorking; }
};

/// One thing that has to be true before the daemon should be sent requests.
struct ReadinessCheck {
  std::string name;  ///< "configuration", "store", "recovery", "draining".
  bool good = false;
  std::string detail;  ///< For people; no secret, no path of the state.
};

/// What a reload of the configuration came to.
struct ReloadState {
  std::uint64_t attempts = 0;    ///< Since the start; the first reading is not one.
  std::optional<WallTime> last;  ///< Of the last attempt.
  std::optional<Error> error;    ///< Of the last attempt: the older configuration stays.
  WallTime loaded{};             ///< When the configuration in force was read.
};

/// How much there is to do.
struct QueueState {
  std::size_t waiting = 0;  ///< May begin now, or waits for others; not what is due later.
  std::size_t later = 0;    ///< Has its time: polls, retries.
  std::size_t running = 0;
  std::chrono::milliseconds oldest{0};  ///< How long the one that waits longest has waited.
};

struct DaemonState {
  bool draining = false;
  std::vector<ReadinessCheck> readiness;
  ReloadState reload;
  QueueState sources;
  QueueState apps;
  WallTime started{};

  /// All checks are good.
  bool IsReady() const;
};

class DaemonControl {
 public:
  virtual ~DaemonControl() = default;

  // --- Hints.

  /// The source may have moved, or somebody raised its request in the store: it is looked at soon.
  /// Only a hint; what must not be lost is in the store. An unknown name does nothing.
  virtual void Wake(const std::string& source) = 0;

  // --- Requests. `by` says who, for events and the audit. Errors of those that give a ticket:
  // kInvalid (malformed names), kConflict (too many requests wait, or the daemon stops). What is
  // wrong otherwise is in the ticket.

  /// As the command `reconcile`: looks at the sources of what is asked for, then works on the apps.
  /// A dry run too.
  virtual Result<TicketId> Request(const ReconcileRequest& request, const std::string& by) = 0;
  /// As `rollback`. It waits for work on the app that is under way.
  virtual Result<TicketId> Rollback(const RollbackRequest& request, const std::string& by) = 0;
  /// As `up PATH`; the path is one of this machine.
  virtual Result<TicketId> Up(const UpRequest& request, const std::string& by) = 0;
  /// As `down`.
  virtual Result<TicketId> Down(const std::string& app, bool dry_run, const std::string& by) = 0;

  /// Takes effect at once; a run that is under way goes on. Errors: as Engine.
  virtual Result<AppStatus> Suspend(const std::string& app, const std::string& reason,
                                    const std::string& by) = 0;
  virtual Result<AppStatus> Resume(const std::string& app, const std::string& by) = 0;

  /// Interrupts a run: its step is stopped as by a signal, and the app is suspended, so that the
  /// run waits until somebody resumes it. Returns when that is noted, not when the step has ended.
  /// Errors: kNotFound (no such run is under way in this daemon).
  virtual Status Cancel(RunId run, const std::string& by) = 0;

  /// The newest 1,000 tickets are remembered.
  virtual std::optional<Ticket> Find(TicketId id) const = 0;
  /// Calls `done` once when the ticket is over, from a thread of the daemon, or at once from this
  /// one; `done` must be short. False when there is no such ticket.
  virtual bool WhenOver(TicketId id, std::function<void(const Ticket&)> done) = 0;

  // --- Looking.

  virtual DaemonState State() const = 0;
  /// The configuration in force; a reload makes another one.
  virtual std::shared_ptr<const Config> Configuration() const = 0;
  /// For methods that only look (Diff, Explain, GetStatus, History, Events, LogFile). It stays
  /// valid while it is held, also over a reload. The others fail with kConflict.
  virtual std::shared_ptr<Engine> Reader() const = 0;

  /// Tells the observer of everything from now on; it must outlive the daemon.
  virtual void Observe(DaemonObserver& observer) = 0;
};

}  // namespace gitops
