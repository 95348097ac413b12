// The part of DaemonImpl that others ask: requests, holds, state.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "engine/base/suggest.h"
#include "engine/reconcile/app_plan.h"
#include "engine/reconcile/daemon_impl.h"
#include "engine/reconcile/names.h"
#include "engine/reconcile/source_specs.h"

namespace gitops {
namespace {

constexpr std::size_t kMostOpenTickets = 1'000;
constexpr std::size_t kMostErrands = 100;

/// The configured sources that a request is about.
std::vector<std::string> SourcesOf(const Config& config, const ReconcileRequest& request,
                                   bool all_known, const std::set<std::string>& of_named) {
  std::vector<std::string> sources;
  for (const SourceSpec& source : config.sources) {
    if (!request.source.empty() && source.name != request.source) continue;
    if (!request.environment.empty() && source.environment != request.environment) continue;
    if (request.apps.empty() || !all_known || of_named.contains(source.name)) {
      sources.push_back(source.name);
    }
  }
  return sources;
}

/// Looks end in any order; a pass tells sources as they are configured.
void SortAsConfigured(const Config& config, std::vector<SourceReport>& reports) {
  std::map<std::string, std::size_t> place;
  for (const SourceSpec& source : config.sources) place.emplace(source.name, place.size());
  const auto of = [&](const SourceReport& report) {
    const auto found = place.find(report.name);
    return found == place.end() ? place.size() : found->second;
  };
  std::stable_sort(reports.begin(), reports.end(),
                   [&](const SourceReport& a, const SourceReport& b) { return of(a) < of(b); });
}

}  // namespace

Status DaemonImpl::RefuseWhenFull() const {
  if (draining_) {
    return MakeError(ErrorKind::kConflict, "the daemon is stopping", "it takes no new requests",
                     "ask again when it runs");
  }
  if (tickets_.open() < kMostOpenTickets && errands_.size() < kMostErrands) return {};
  return MakeError(ErrorKind::kConflict, "too many requests wait",
                   std::to_string(tickets_.open()) + " requests are open", "ask again later");
}

// --- Requests

Result<TicketId> DaemonImpl::Request(const ReconcileRequest& request, const std::string& by) {
  const auto config = Configuration();
  if (!request.source.empty() && FindSource(*config, request.source) == nullptr) {
    return UnknownSource(*config, request.source);
  }
  std::vector<AppRecord> named;
  bool all_known = true;
  for (const std::string& name : request.apps) {
    ASSIGN_OR_RETURN(auto found, FindAppsNamed(parts_.store, name, request.environment));
    all_known = all_known && !found.empty();
    std::move(found.begin(), found.end(), std::back_inserter(named));
  }
  if (request.dry_run) {
    const auto plan = [this, request](TicketId ticket) {
      auto report = Reader()->Reconcile(request, looks_.get_token());
      const std::lock_guard lock(mutex_);
      tickets_.Answer(ticket, std::move(report));
    };
    return FileErrand("reconcile", by, plan, request);
  }
  std::set<std::string> of_named;
  for (const AppRecord& app : named) of_named.insert(app.source);
  TicketId ticket = 0;
  {
    const std::lock_guard lock(mutex_);
    RETURN_IF_ERROR(RefuseWhenFull());
    ticket = tickets_.File("reconcile", by, parts_.clock.Now(), request);
    for (const std::string& source : SourcesOf(*config, request, all_known, of_named)) {
      const auto state = sources_.find(source);
      if (state == sources_.end()) continue;
      state->second.wish.prune |= request.prune;
      state->second.wish.full |= request.full;
      for (const AppRecord& app : named) {
        if (app.source == source) state->second.wish.asked_for.push_back(app.id);
      }
      tickets_.ExpectLook(ticket, source, AskForLook(source, Now()));
    }
  }
  CloseTickets();
  return ticket;
}

Result<TicketId> DaemonImpl::FileOrder(const std::string& what, const std::string& by,
                                       const AppId& app, const std::string& source, Order order) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(RefuseWhenFull());
  const TicketId ticket = tickets_.File(what, by, parts_.clock.Now());
  tickets_.ExpectAnswer(ticket);
  AppState& state = apps_[app];
  state.source = source;
  state.orders.push_back({ticket, std::move(order)});
  app_queue_.Add(app.ToString(), source, Now());
  app_ready_.notify_one();
  return ticket;
}

Result<TicketId> DaemonImpl::FileErrand(const std::string& what, const std::string& by,
                                        std::function<void(TicketId)> errand,
                                        const ReconcileRequest& request) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(RefuseWhenFull());
  const TicketId ticket = tickets_.File(what, by, parts_.clock.Now(), request);
  tickets_.ExpectAnswer(ticket);
  errands_.emplace_back(ticket, std::move(errand));
  errand_ready_.notify_one();
  return ticket;
}

Result<TicketId> DaemonImpl::Rollback(const RollbackRequest& request, const std::string& by) {
  ASSIGN_OR_RETURN(const AppRecord app, FindOneApp(parts_.store, request.app));
  RollbackRequest of_app = request;
  of_app.app = app.id.ToString();
  if (request.dry_run) {
    return FileErrand("rollback", by, [this, of_app](TicketId ticket) {
      auto report = Reader()->Rollback(of_app, looks_.get_token());
      const std::lock_guard lock(mutex_);
      tickets_.Answer(ticket, std::move(report));
    });
  }
  return FileOrder("rollback", by, app.id, app.source, [of_app](Engine& engine, std::stop_token s) {
    return engine.Rollback(of_app, std::move(s));
  });
}

Result<TicketId> DaemonImpl::Down(const std::string& name, bool dry_run, const std::string& by) {
  ASSIGN_OR_RETURN(const AppRecord app, FindOneApp(parts_.store, name));
  const std::string id = app.id.ToString();
  if (dry_run) {
    return FileErrand("down", by, [this, id](TicketId ticket) {
      auto report = Reader()->Down(id, true, looks_.get_token());
      const std::lock_guard lock(mutex_);
      tickets_.Answer(ticket, std::move(report));
    });
  }
  return FileOrder("down", by, app.id, app.source, [id](Engine& engine, std::stop_token stop) {
    return engine.Down(id, false, std::move(stop));
  });
}

Result<TicketId> DaemonImpl::Up(const UpRequest& request, const std::string& by) {
  return FileErrand("up", by, [this, request](TicketId ticket) {
    // Planned first, which tells what the app is called: its name is the key to work on it.
    UpRequest plan = request;
    plan.dry_run = true;
    auto planned = Reader()->Up(plan, looks_.get_token());
    const std::lock_guard lock(mutex_);
    if (!planned || request.dry_run || planned->apps.empty()) {
      tickets_.Answer(ticket, std::move(planned));
      return;
    }
    const AppId app = planned->apps.front().app;
    AppState& state = apps_[app];
    state.source = std::string(kUpSource);
    state.orders.push_back({ticket, [request](Engine& engine, std::stop_token stop) {
                              return engine.Up(request, std::move(stop));
                            }});
    app_queue_.Add(app.ToString(), state.source, Now());
    app_ready_.notify_one();
  });
}

void DaemonImpl::ErrandLoop() {
  std::unique_lock lock(mutex_);
  while (!draining_) {
    if (errands_.empty()) {
      errand_ready_.wait(lock);
      continue;
    }
    const auto [ticket, errand] = std::move(errands_.front());
    errands_.pop_front();
    tickets_.Began(ticket);
    lock.unlock();
    errand(ticket);
    CloseTickets();
    lock.lock();
  }
}

// --- Their ends

Result<ReconcileReport> DaemonImpl::Finished(const ReconcileRequest& request,
                                             ReconcileReport report) {
  for (const std::string& name : request.apps) {
    ASSIGN_OR_RETURN(const auto found, FindAppsNamed(parts_.store, name, request.environment));
    if (!found.empty()) continue;
    ASSIGN_OR_RETURN(const auto all, parts_.store.ListApps({}));
    std::vector<std::string> names;
    for (const AppRecord& app : all) names.push_back(app.id.name);
    return MakeError(ErrorKind::kNotFound, "no such app",
                     "\"" + name + "\" is in no configured source", SuggestName(name, names));
  }
  const auto is_unchanged = [](const AppReport& app) { return app.verdict == Verdict::kUnchanged; };
  std::set<AppId> told;
  for (const AppReport& app : report.apps) told.insert(app.app);
  report.unchanged =
      static_cast<std::size_t>(std::count_if(report.apps.begin(), report.apps.end(), is_unchanged));
  if (request.apps.empty()) {
    AppFilter scope;
    scope.environment = request.environment;
    scope.source = request.source;
    ASSIGN_OR_RETURN(const std::size_t all, parts_.store.CountApps(scope));
    report.unchanged += all > told.size() ? all - told.size() : 0;
    if (request.list_all) {
      ASSIGN_OR_RETURN(const auto records, parts_.store.ListApps(scope));
      for (const AppRecord& record : records) {
        if (!told.contains(record.id)) report.apps.push_back(ReportFromRecord(record));
      }
    }
  }
  if (!request.list_all && request.apps.empty()) {
    std::erase_if(report.apps, is_unchanged);
  }
  SortAsConfigured(*Configuration(), report.sources);
  const auto by_app = [](const AppReport& a, const AppReport& b) { return a.app < b.app; };
  std::sort(report.apps.begin(), report.apps.end(), by_app);
  return report;
}

void DaemonImpl::CloseTickets() {
  while (true) {
    std::optional<std::pair<TicketId, ReconcileReport>> next;
    ReconcileRequest request;
    bool whole = false;
    {
      const std::lock_guard lock(mutex_);
      next = tickets_.NextToClose();
      if (!next) return;
      request = tickets_.RequestOf(next->first);
      whole = tickets_.Find(next->first)->what == "reconcile" && !request.dry_run;
    }
    Result<ReconcileReport> report = std::move(next->second);
    if (whole) report = Finished(request, *std::move(report));
    std::vector<std::pair<TicketBook::Done, Ticket>> told;
    {
      const std::lock_guard lock(mutex_);
      told = tickets_.Close(next->first, std::move(report), parts_.clock.Now());
    }
    for (const auto& [done, ticket] : told) done(ticket);
  }
}

std::optional<Ticket> DaemonImpl::Find(TicketId id) const {
  const std::lock_guard lock(mutex_);
  return tickets_.Find(id);
}

bool DaemonImpl::WhenOver(TicketId id, std::function<void(const Ticket&)> done) {
  std::pair<bool, std::optional<Ticket>> found;
  {
    const std::lock_guard lock(mutex_);
    found = tickets_.WhenOver(id, done);
  }
  if (found.second) done(*found.second);
  return found.first;
}

// --- Holds

Result<AppStatus> DaemonImpl::Suspend(const std::string& name, const std::string& reason,
                                      const std::string& by) {
  ASSIGN_OR_RETURN(const AppRecord app, FindOneApp(parts_.store, name));
  const auto generation = Current();
  RETURN_IF_ERROR(generation->engine().Suspend(app.id, reason, by));
  ASSIGN_OR_RETURN(StatusReport status, Reader()->GetStatus(app.id.ToString()));
  return std::move(status.apps.front());
}

Result<AppStatus> DaemonImpl::Resume(const std::string& name, const std::string& by) {
  ASSIGN_OR_RETURN(const AppRecord app, FindOneApp(parts_.store, name));
  const auto generation = Current();
  RETURN_IF_ERROR(generation->engine().Resume(app.id, by));
  // Before the app is worked on: what was lifted is told.
  ASSIGN_OR_RETURN(StatusReport status, Reader()->GetStatus(app.id.ToString()));
  {
    const std::lock_guard lock(mutex_);
    AppState& state = apps_[app.id];
    state.sync = true;
    state.source = app.source;
    app_queue_.Add(app.id.ToString(), app.source, Now());
    app_ready_.notify_one();
  }
  return std::move(status.apps.front());
}

Status DaemonImpl::Cancel(RunId run, const std::string& by) {
  const Error none = MakeError(ErrorKind::kNotFound, "no such run is under way",
                               "run " + std::to_string(run) + " is over, or there is none",
                               "see the runs of an app: tfgrid-compose history APP");
  ASSIGN_OR_RETURN(const auto found, parts_.store.LoadRun(run));
  if (!found || found->status != RunStatus::kRunning) return none;
  const AppId app = found->plan.app;
  std::shared_ptr<std::stop_source> stop;
  {
    const std::lock_guard lock(mutex_);
    const auto state = apps_.find(app);
    if (state != apps_.end()) stop = state->second.stop;
  }
  if (stop == nullptr) return none;
  // Suspended first: an interrupted run would be taken up again at once.
  RETURN_IF_ERROR(
      Current()->engine().Suspend(app, "run " + std::to_string(run) + " was cancelled", by));
  stop->request_stop();
  return {};
}

// --- State

std::shared_ptr<Generation> DaemonImpl::Current() const {
  const std::lock_guard lock(mutex_);
  return generation_;
}

std::shared_ptr<const Config> DaemonImpl::Configuration() const {
  const auto generation = Current();
  return {generation, &generation->config()};
}

std::shared_ptr<Engine> DaemonImpl::Reader() const {
  const auto generation = Current();
  return {generation, &generation->engine().commands()};
}

QueueState DaemonImpl::StateOf(const WorkQueue& queue) const {
  const MonotonicTime now = Now();
  QueueState state;
  state.waiting = queue.Waiting(now);
  state.later = queue.Later(now);
  state.running = queue.running();
  if (const auto oldest = queue.OldestReady(now)) state.oldest = now - *oldest;
  return state;
}

DaemonState DaemonImpl::State() const {
  const std::lock_guard lock(mutex_);
  DaemonState state;
  state.draining = draining_;
  state.readiness = {{"configuration", true, reload_.error ? "the last reload failed" : ""},
                     {"store", true, ""},
                     {"recovery", stock_taken_, ""},
                     {"draining", !draining_, draining_ ? "the daemon is stopping" : ""}};
  state.reload = reload_;
  state.sources = StateOf(source_queue_);
  state.apps = StateOf(app_queue_);
  state.started = started_;
  return state;
}

}  // namespace gitops
