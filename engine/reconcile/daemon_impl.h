// DaemonImpl: the Daemon. One mutex guards all that its threads share; the store, the remotes and
// the drivers are only called without it. daemon.cc: start, time, reload, end; daemon_sources.cc
// and daemon_apps.cc: the workers; daemon_requests.cc: what others ask for; daemon_steps.cc: all of
// it without threads.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/reconcile/daemon.h"
#include "engine/reconcile/ticket_book.h"
#include "engine/reconcile/work_queue.h"
#include "sources/poll_schedule.h"

namespace gitops {

class DaemonImpl;

/// Where the progress of generations goes while the daemon is there; they may outlive it. One call
/// at a time, as Progress promises.
class DaemonEar {
 public:
  void Hear(const Progress& progress);
  void Listen(DaemonImpl* daemon);

 private:
  std::mutex mutex_;
  DaemonImpl* daemon_ = nullptr;
};

class DaemonImpl : public Daemon {
 public:
  /// `first` was made with `request`, whose pause `pause` requests.
  DaemonImpl(const DaemonParts& parts, std::shared_ptr<Generation> first, GenerationRequest request,
             std::stop_source pause, std::shared_ptr<DaemonEar> ear);
  ~DaemonImpl() override;
  DaemonImpl(const DaemonImpl&) = delete;
  DaemonImpl& operator=(const DaemonImpl&) = delete;

  /// REQUIRES: nothing else was called before.
  Status TakeStock();
  void Announce(const Progress& progress);

  void Run(std::stop_token stop) override;

  // --- What Run's threads do, one piece at a time, for a caller that has one thread only: the
  // simulator. Not beside Run.

  /// Looks at a source that is due; false when none is.
  bool LookOnce();
  /// Works on an app that is due; false when none is.
  bool WorkOnce();
  /// Takes a new configuration when one was asked for.
  void ReloadWhenAsked();
  /// When the next piece is due that is not due yet; none: nothing is waited for.
  std::optional<MonotonicTime> NextDue() const;

  void Wake(const std::string& source) override;
  Result<TicketId> Request(const ReconcileRequest& request, const std::string& by) override;
  Result<TicketId> Rollback(const RollbackRequest& request, const std::string& by) override;
  Result<TicketId> Up(const UpRequest& request, const std::string& by) override;
  Result<TicketId> Down(const std::string& app, bool dry_run, const std::string& by) override;
  Result<AppStatus> Suspend(const std::string& app, const std::string& reason,
                            const std::string& by) override;
  Result<AppStatus> Resume(const std::string& app, const std::string& by) override;
  Status Cancel(RunId run, const std::string& by) override;
  std::optional<Ticket> Find(TicketId id) const override;
  bool WhenOver(TicketId id, std::function<void(const Ticket&)> done) override;
  DaemonState State() const override;
  std::shared_ptr<const Config> Configuration() const override;
  std::shared_ptr<Engine> Reader() const override;
  void Observe(DaemonObserver& observer) override;

 private:
  using Order = std::function<Result<ReconcileReport>(Engine&, std::stop_token)>;
  /// A command on one app, to be carried out under its key.
  struct AppOrder {
    TicketId ticket = 0;
    Order order;
  };
  struct SourceState {
    PollSchedule schedule;
    std::optional<MonotonicTime> begun;  ///< The newest look.
    LookWish wish;                       ///< For the next look.
    std::string host;                    ///< Whose silence it shares; its group in the queue.
  };
  /// What is wanted of the next work on an app.
  struct AppState {
    std::string source;
    bool sync = false;  ///< To bring it in step; else only orders.
    AppWish wish;
    std::vector<AppOrder> orders;
    int failures = 0;                        ///< Of work that could not even be reported.
    std::set<AppId> waiting;                 ///< Apps that may go on when this one was worked on.
    std::shared_ptr<std::stop_source> stop;  ///< Of the work under way.
  };

  // --- daemon.cc
  MonotonicTime Now() const { return parts_.clock.MonotonicNow(); }
  void Watch(const std::stop_token& stop);
  void Drain();
  void Adopt(std::shared_ptr<Generation> generation);
  void Notice(Severity severity, std::string type, std::string message);
  void Poke();
  /// Wakes a worker when something waits for one. REQUIRES: mutex_ is held.
  void WakeWorkers();
  void WakeAll();
  template <typename Call>
  void Tell(Call call);
  void TellLook(const LookNews& news);
  void TellApp(const AppNews& news);

  // --- daemon_sources.cc
  void SourceLoop();
  void LookAt(const WorkQueue::Taken& taken, std::unique_lock<std::mutex>& lock);
  void AfterLook(const WorkQueue::Taken& taken, const Result<LookOutcome>& outcome,
                 bool asked_more);
  std::uint64_t AskForLook(const std::string& source, MonotonicTime due);

  // --- daemon_apps.cc
  void AppLoop();
  void WorkOn(const WorkQueue::Taken& taken, std::unique_lock<std::mutex>& lock);
  void AfterWork(const AppId& app, const AppOutcome& outcome);
  void AfterFailedWork(const AppId& app, const Error& error);
  void LetGoOn(const AppId& app);
  void ForgetIfDone(const AppId& app);
  std::uint64_t Enqueue(const AppTask& task, bool asked_for);
  std::chrono::milliseconds Until(WallTime time) const;

  // --- daemon_requests.cc
  void ErrandLoop();
  Result<TicketId> FileOrder(const std::string& what, const std::string& by, const AppId& app,
                             const std::string& source, Order order);
  Result<TicketId> FileErrand(const std::string& what, const std::string& by,
                              std::function<void(TicketId)> errand,
                              const ReconcileRequest& request = {});
  Status RefuseWhenFull() const;
  void CloseTickets();
  std::shared_ptr<Generation> Current() const;
  QueueState StateOf(const WorkQueue& queue) const;
  Result<ReconcileReport> Finished(const ReconcileRequest& request, ReconcileReport report);

  const DaemonParts parts_;
  const WallTime started_;
  const Config at_start_;  ///< Only what a restart is needed for.
  const GenerationRequest request_;
  const std::shared_ptr<DaemonEar> ear_;
  std::stop_source pause_;           ///< No further action is begun.
  std::stop_source looks_;           ///< Looks end.
  std::stop_source hard_;            ///< Whatever is under way ends.
  std::vector<DaemonNotice> early_;  ///< From before Run.

  mutable std::mutex mutex_;  ///< Guards everything below but observers_.
  /// There is something to take, or the end has come. One that waits is woken, and wakes the next
  /// when it leaves something: a push is no matter for all of them.
  std::condition_variable source_ready_;
  std::condition_variable app_ready_;
  std::condition_variable errand_ready_;
  std::shared_ptr<Generation> generation_;
  WorkQueue source_queue_;
  WorkQueue app_queue_;
  std::map<std::string, SourceState> sources_;
  std::map<AppId, AppState> apps_;
  std::deque<std::pair<TicketId, std::function<void(TicketId)>>> errands_;
  TicketBook tickets_;
  ReloadState reload_;
  std::uint64_t reloads_done_ = 0;
  std::string stamp_;
  bool stock_taken_ = false;
  bool draining_ = false;
  std::stop_source poke_;  ///< Ends the sleep of Watch.

  mutable std::mutex observers_mutex_;
  std::vector<DaemonObserver*> observers_;
};

}  // namespace gitops
