// The part of DaemonImpl that works on apps.
#include <algorithm>
#include <utility>

#include "engine/base/mark.h"
#include "engine/reconcile/daemon_impl.h"
#include "engine/reconcile/policy.h"

namespace gitops {
namespace {

using std::chrono::milliseconds;

/// Times of the store are of a clock that may jump: nothing is waited for longer than any wait that
/// the engine itself decides.
constexpr milliseconds kLongestWait{375'000};

std::vector<std::string> KeysOf(const std::vector<AppId>& apps) {
  std::vector<std::string> keys;
  keys.reserve(apps.size());
  for (const AppId& app : apps) keys.push_back(app.ToString());
  return keys;
}

/// Not kCancelled, which says that the daemon stops and goes on at the next start.
Error RunCancelled(const AppId& app) {
  return MakeError(ErrorKind::kConflict, "the run was cancelled",
                   "somebody interrupted it, and \"" + app.ToString() + "\" is suspended",
                   "to let it go on: tfgrid-compose resume " + app.ToString());
}

/// A report of work that could not even be begun.
AppReport FailedReport(const AppId& app, const Error& error) {
  AppReport report;
  report.app = app;
  report.verdict = Verdict::kBlocked;
  report.failed = true;
  report.reason = error.ToString();
  report.diagnostics = error.diagnostics;
  return report;
}

}  // namespace

milliseconds DaemonImpl::Until(WallTime time) const {
  return std::clamp(milliseconds(time - parts_.clock.Now()), milliseconds(0), kLongestWait);
}

std::uint64_t DaemonImpl::Enqueue(const AppTask& task, bool asked_for) {
  AppState& state = apps_[task.app];
  state.sync = true;
  state.source = task.source;
  state.wish.asked_for |= asked_for;
  state.wish.prune = task.prune;  // What the newest look decided counts.
  const std::uint64_t start =
      app_queue_.Add(task.app.ToString(), task.source, Now(), KeysOf(task.after));
  app_ready_.notify_one();
  return start;
}

void DaemonImpl::AppLoop() {
  std::unique_lock lock(mutex_);
  while (!draining_) {
    if (const auto taken = app_queue_.Take(Now())) {
      if (app_queue_.Waiting(Now()) > 0) app_ready_.notify_one();
      WorkOn(*taken, lock);
    } else {
      app_ready_.wait(lock);
    }
  }
}

void DaemonImpl::WorkOn(const WorkQueue::Taken& taken, std::unique_lock<std::mutex>& lock) {
  const auto parsed = ParseAppId(taken.key);
  const AppId app = *parsed;
  AppState& state = apps_[app];
  const bool sync = std::exchange(state.sync, false);
  const AppWish wish = std::exchange(state.wish, {});
  const std::vector<AppOrder> orders = std::exchange(state.orders, {});
  const auto stop = std::make_shared<std::stop_source>();
  state.stop = stop;
  for (const AppOrder& order : orders) tickets_.Began(order.ticket);
  const std::shared_ptr<Generation> generation = generation_;
  lock.unlock();

  const MonotonicTime began = Now();
  const std::stop_callback end(hard_.get_token(), [&] { stop->request_stop(); });
  std::vector<std::pair<TicketId, Result<ReconcileReport>>> answers;
  for (const AppOrder& order : orders) {
    answers.emplace_back(order.ticket,
                         order.order(generation->engine().commands(), stop->get_token()));
  }
  Result<AppOutcome> outcome = AppOutcome();
  if (sync) outcome = generation->engine().Work(app, wish, stop->get_token());
  AppNews news;
  news.waited = began - taken.ready;
  news.duration = Now() - began;
  if (outcome) {
    news.report = outcome->report;
    news.worked = outcome->worked;
  } else {
    news.report = FailedReport(app, outcome.error());
    news.error = outcome.error();
  }
  if (sync && (!outcome || outcome->known)) TellApp(news);

  const bool cancelled = stop->stop_requested() && !hard_.stop_requested();
  for (auto& [ticket, answer] : answers) {
    if (cancelled && !answer && answer.error().kind == ErrorKind::kCancelled) {
      answer = RunCancelled(app);
    }
  }

  lock.lock();
  apps_[app].stop = nullptr;
  app_queue_.Finish(taken.key, Now());
  for (auto& [ticket, answer] : answers) tickets_.Answer(ticket, std::move(answer));
  if (sync && outcome) {
    if (!outcome->again) tickets_.WorkEnded(app, taken.start, outcome->report);
    AfterWork(app, *outcome);
  } else if (sync) {
    tickets_.WorkEnded(app, taken.start, news.report);
    AfterFailedWork(app, outcome.error());
  }
  if (!orders.empty()) LetGoOn(app);
  ForgetIfDone(app);
  lock.unlock();
  CloseTickets();
  lock.lock();
}

void DaemonImpl::AfterWork(const AppId& app, const AppOutcome& outcome) {
  AppState& state = apps_[app];
  // What is past and was not tried is held back by something else than time.
  const bool due_later = outcome.retry && (outcome.worked || *outcome.retry > parts_.clock.Now());
  if (outcome.again) {
    state.sync = true;
    const int before = state.failures++;  // Once at once; then there is more to it than a push.
    app_queue_.Add(app.ToString(), state.source,
                   Now() + (before == 0 ? milliseconds(0) : RetryDelay(before, 0)));
    poke_.request_stop();
  } else if (due_later) {
    state.sync = true;
    app_queue_.Add(app.ToString(), state.source, Now() + Until(*outcome.retry));
    poke_.request_stop();
  }
  if (!outcome.again) state.failures = 0;
  for (const AppId& other : outcome.waits_for) {
    if (other != app) apps_[other].waiting.insert(app);
  }
  if (outcome.worked) LetGoOn(app);
}

void DaemonImpl::AfterFailedWork(const AppId& app, const Error& error) {
  AppState& state = apps_[app];
  if (error.kind == ErrorKind::kCancelled && hard_.stop_requested()) return;
  REACHED("daemon: work that could not be recorded is tried again");
  ++state.failures;
  state.sync = true;
  const double jitter = static_cast<double>(parts_.random.Below(1000)) / 1000.0;
  const milliseconds wait =
      error.kind == ErrorKind::kCancelled ? milliseconds(0) : RetryDelay(state.failures, jitter);
  app_queue_.Add(app.ToString(), state.source, Now() + wait);
  poke_.request_stop();
}

void DaemonImpl::LetGoOn(const AppId& app) {
  for (const AppId& other : std::exchange(apps_[app].waiting, {})) {
    AppState& state = apps_[other];
    state.sync = true;
    app_queue_.Add(other.ToString(), state.source, Now());
  }
  WakeWorkers();
}

/// Of 10,000 apps only those that have something to do or to say are kept in memory.
void DaemonImpl::ForgetIfDone(const AppId& app) {
  const auto found = apps_.find(app);
  if (found == apps_.end()) return;
  const AppState& state = found->second;
  if (!state.sync && state.orders.empty() && state.waiting.empty() && state.failures == 0) {
    apps_.erase(found);
  }
}

}  // namespace gitops
