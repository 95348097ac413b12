// The part of DaemonImpl that looks at sources.
#include <algorithm>
#include <utility>

#include "engine/base/mark.h"
#include "engine/reconcile/daemon_impl.h"
#include "engine/reconcile/policy.h"

namespace gitops {
namespace {

using std::chrono::milliseconds;

/// Between the beginnings of two looks at one source, however often it is asked for.
constexpr milliseconds kLeastGap{500};

/// What Delivery::look shows of a look.
std::string InBrief(const SourceReport& report) {
  if (report.error) return report.error->ToString();
  return (report.changed ? "moved to " : "nothing new at ") + report.revision.Short();
}

/// What is remembered of a look. `first`: the first one at this source since the daemon began; what
/// a crash left between recording a look and remembering it is made up for.
LookNote NoteOf(const LookOutcome& outcome, bool first) {
  LookNote note{InBrief(outcome.report), outcome.touched};
  if (first && !outcome.unfinished.empty()) {
    REACHED("daemon: what a crash left unfinished is told of");
    note.changed.insert(note.changed.end(), outcome.unfinished.begin(), outcome.unfinished.end());
  }
  return note;
}

}  // namespace

void DaemonImpl::Wake(const std::string& source) {
  const std::lock_guard lock(mutex_);
  AskForLook(source, Now());
}

std::uint64_t DaemonImpl::AskForLook(const std::string& source, MonotonicTime due) {
  const auto found = sources_.find(source);
  if (found == sources_.end() || draining_) return 0;
  const auto& begun = found->second.begun;
  if (begun) due = std::max(due, *begun + kLeastGap);
  // Of a thousand webhooks that come together, one wakes the workers.
  const bool waits = source_queue_.WaitsFor(source, due);
  const std::uint64_t start = source_queue_.Add(source, found->second.host, due);
  if (waits) return start;
  // Who keeps the time only has to know of what is to come.
  if (due > Now()) {
    poke_.request_stop();
  } else {
    source_ready_.notify_one();
  }
  return start;
}

void DaemonImpl::SourceLoop() {
  std::unique_lock lock(mutex_);
  while (!draining_) {
    if (const auto taken = source_queue_.Take(Now())) {
      if (source_queue_.Waiting(Now()) > 0) source_ready_.notify_one();
      LookAt(*taken, lock);
    } else {
      source_ready_.wait(lock);
    }
  }
}

void DaemonImpl::LookAt(const WorkQueue::Taken& taken, std::unique_lock<std::mutex>& lock) {
  const std::string& source = taken.key;
  LookWish wish;
  bool first = false;
  if (const auto state = sources_.find(source); state != sources_.end()) {
    first = !state->second.begun;
    state->second.begun = Now();
    wish = std::exchange(state->second.wish, {});
  }
  const std::shared_ptr<Generation> generation = generation_;
  lock.unlock();

  const MonotonicTime began = Now();
  // Read before the remote is asked: what is asked for from here on needs another look.
  const auto asked = parts_.requests.LoadSourceRequest(source);
  auto outcome = generation->engine().Look(source, wish, looks_.get_token());
  bool asked_more = false;
  if (outcome && outcome->clean && asked) {
    const Status marked = parts_.requests.MarkLooked(source, asked->asked, NoteOf(*outcome, first));
    const auto now = parts_.requests.LoadSourceRequest(source);
    asked_more = marked && now && now->asked > now->looked;
  }
  const bool cancelled = !outcome && outcome.error().kind == ErrorKind::kCancelled;
  LookNews news;
  news.source = source;
  news.duration = Now() - began;
  if (outcome) {
    news.report = outcome->report;
    news.touched = outcome->touched.size();
    news.to_work_on = outcome->tasks.size();
    news.recorded = outcome->clean;
  } else {
    news.report.name = source;
    news.report.error = outcome.error();
  }
  if (!cancelled) TellLook(news);

  lock.lock();
  source_queue_.Finish(source, Now());
  if (!cancelled) AfterLook(taken, outcome, asked_more);
  lock.unlock();
  CloseTickets();
  lock.lock();
}

void DaemonImpl::AfterLook(const WorkQueue::Taken& taken, const Result<LookOutcome>& outcome,
                           bool asked_more) {
  const std::string& source = taken.key;
  SourceReport report;
  report.name = source;
  if (outcome) {
    report = outcome->report;
    for (const AppTask& task : outcome->tasks) Enqueue(task, false);
  } else {
    report.error = outcome.error();
  }
  for (const TicketId id : tickets_.LookEnded(source, taken.start, report)) {
    if (!outcome) continue;
    for (const AppReport& settled : outcome->settled) {
      if (tickets_.Concerns(id, settled.app)) tickets_.Settle(id, settled);
    }
    for (const AppTask& task : outcome->tasks) {
      const bool is_settled =
          std::any_of(outcome->settled.begin(), outcome->settled.end(),
                      [&](const AppReport& settled) { return settled.app == task.app; });
      if (is_settled || !tickets_.Concerns(id, task.app)) continue;
      tickets_.ExpectWork(id, task.app, Enqueue(task, tickets_.Names(id, task.app)));
    }
  }
  const auto state = sources_.find(source);
  if (state == sources_.end()) return;  // No longer configured.
  PollSchedule& schedule = state->second.schedule;
  const double jitter = static_cast<double>(parts_.random.Below(1000)) / 1000.0;
  const bool good = outcome && outcome->clean;
  AskForLook(source, good ? schedule.AfterSuccess(Now()) : schedule.AfterFailure(Now(), jitter));
  if (!asked_more) return;
  REACHED("daemon: a source was asked for while it was looked at");
  AskForLook(source, Now());
}

}  // namespace gitops
