// FakeDaemon: a DaemonControl that notes what it is asked; the test says what becomes of requests.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/reconcile/daemon_control.h"
#include "tests/support/fake_engine.h"

namespace gitops {

class FakeDaemon : public DaemonControl {
 public:
  // To be set before it is asked.
  std::optional<Error> refusal;  ///< Of every request.
  AppStatus status;              ///< Of Suspend and Resume.
  DaemonState state;
  std::shared_ptr<FakeEngine> reader = std::make_shared<FakeEngine>();
  std::shared_ptr<Config> config = std::make_shared<Config>();

  /// One line for each call: "reconcile production/web by token 1", ….
  std::vector<std::string> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

  /// Ends a request.
  void Finish(TicketId id, ReconcileReport report) {
    Ticket ended;
    ended.state = TicketState::kDone;
    ended.report = std::make_shared<const ReconcileReport>(std::move(report));
    End(id, ended);
  }
  /// As when the daemon stops, or a person cancels its run.
  void Cancel(TicketId id) {
    Ticket ended;
    ended.state = TicketState::kCancelled;
    ended.error = MakeError(ErrorKind::kCancelled, "the daemon stopped", "");
    End(id, ended);
  }
  void End(TicketId id, const Ticket& how) {
    std::vector<std::function<void(const Ticket&)>> waiting;
    Ticket ended;
    {
      const std::lock_guard lock(mutex_);
      Ticket& ticket = tickets_.at(id);
      ticket.state = how.state;
      ticket.report = how.report;
      ticket.error = how.error;
      ended = ticket;
      waiting.swap(waiting_[id]);
    }
    for (const auto& done : waiting) done(ended);
  }

  void Wake(const std::string& source) override { Called("wake " + source); }
  Result<TicketId> Request(const ReconcileRequest& request, const std::string& by) override {
    std::string what = "reconcile";
    for (const std::string& app : request.apps) what += " " + app;
    if (!request.source.empty()) what += " source=" + request.source;
    if (!request.environment.empty()) what += " environment=" + request.environment;
    if (request.dry_run) what += " dry_run";
    if (request.prune) what += " prune";
    if (request.full) what += " full";
    if (request.list_all) what += " list_all";
    return NewTicket("reconcile", what, by);
  }
  Result<TicketId> Rollback(const RollbackRequest& request, const std::string& by) override {
    std::string what = "rollback " + request.app;
    if (request.to) what += " to=" + std::to_string(*request.to);
    if (request.dry_run) what += " dry_run";
    if (request.revert) what += " revert";
    return NewTicket("rollback", what, by);
  }
  Result<TicketId> Up(const UpRequest& request, const std::string& by) override {
    return NewTicket(
        "up",
        "up " + request.path +
            (request.environment.empty() ? "" : " environment=" + request.environment) +
            (request.dry_run ? " dry_run" : ""),
        by);
  }
  Result<TicketId> Down(const std::string& app, bool dry_run, const std::string& by) override {
    return NewTicket("down", "down " + app + (dry_run ? " dry_run" : ""), by);
  }
  Result<AppStatus> Suspend(const std::string& app, const std::string& reason,
                            const std::string& by) override {
    Called("suspend " + app + " reason=" + reason + " by " + by);
    if (refusal) return *refusal;
    return status;
  }
  Result<AppStatus> Resume(const std::string& app, const std::string& by) override {
    Called("resume " + app + " by " + by);
    if (refusal) return *refusal;
    return status;
  }
  Status Cancel(RunId run, const std::string& by) override {
    Called("cancel " + std::to_string(run) + " by " + by);
    if (refusal) return *refusal;
    return {};
  }
  std::optional<Ticket> Find(TicketId id) const override {
    const std::lock_guard lock(mutex_);
    const auto found = tickets_.find(id);
    return found == tickets_.end() ? std::nullopt : std::optional(found->second);
  }
  bool WhenOver(TicketId id, std::function<void(const Ticket&)> done) override {
    const std::lock_guard lock(mutex_);
    waiting_[id].push_back(std::move(done));
    return tickets_.count(id) != 0;
  }
  DaemonState State() const override { return state; }
  std::shared_ptr<const Config> Configuration() const override { return config; }
  std::shared_ptr<Engine> Reader() const override { return reader; }
  void Observe(DaemonObserver&) override {}

 private:
  void Called(std::string what) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(std::move(what));
  }
  Result<TicketId> NewTicket(const std::string& kind, const std::string& what,
                             const std::string& by) {
    Called(what + " by " + by);
    if (refusal) return *refusal;
    const std::lock_guard lock(mutex_);
    Ticket ticket;
    ticket.id = ++last_;
    ticket.what = kind;
    ticket.by = by;
    tickets_[ticket.id] = ticket;
    return ticket.id;
  }

  mutable std::mutex mutex_;  ///< Guards what follows.
  TicketId last_ = 0;
  std::map<TicketId, Ticket> tickets_;
  std::map<TicketId, std::vector<std::function<void(const Ticket&)>>> waiting_;
  std::vector<std::string> calls_;
};

}  // namespace gitops
