#include "engine/reconcile/daemon.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <utility>

#include "engine/base/mark.h"
#include "engine/reconcile/daemon_impl.h"
#include "engine/reconcile/restart_needed.h"
#include "engine/reconcile/worker_pool.h"
#include "sources/source_url.h"

namespace gitops {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{1'000};
/// What runs may go on for so long at the end, whatever the configuration says: with the time that
/// it then takes to stop a program, the whole end stays below 30 s.
constexpr milliseconds kLongestDrain{8'000};
constexpr milliseconds kDrainTick{50};

std::size_t AtLeastOne(int number) { return static_cast<std::size_t>(std::max(1, number)); }

/// So that apps of one source, however they hang, leave a worker for those of the others.
std::size_t MostOfOneSource(const Config& config) {
  const std::size_t workers = AtLeastOne(config.limits.parallel_apps);
  return config.sources.size() > 1 && workers > 1 ? workers - 1 : workers;
}

/// Sources on one server are silent together when it is.
std::string HostOf(const SourceSpec& source) {
  const auto url = CheckSourceUrl(source.url);
  return url && !url->host.empty() ? url->host : "path " + source.name;
}

/// So that sources of one server that says nothing leave a worker for those of the others.
std::size_t MostOfOneHost(const Config& config) {
  const std::size_t workers = AtLeastOne(config.limits.parallel_fetches);
  std::set<std::string> hosts;
  for (const SourceSpec& source : config.sources) hosts.insert(HostOf(source));
  return hosts.size() > 1 && workers > 1 ? workers - 1 : workers;
}

/// Each with its place; one problem may be the cause of another.
std::string EveryError(const Error& error) {
  std::string text;
  for (const Diagnostic& diagnostic : error.diagnostics) {
    if (diagnostic.severity == Severity::kError) text += "\n" + diagnostic.ToString();
  }
  return text;
}

/// What RestartNeeded compares of a configuration; the rest may be large.
Config OfStart(const Config& config) {
  Config start;
  start.server = config.server;
  start.limits = config.limits;
  return start;
}

}  // namespace

Result<std::unique_ptr<Daemon>> MakeDaemon(const DaemonParts& parts) {
  // The first generation needs the daemon's own token and ears, the daemon needs a configuration
  // for its limits: what is said before the daemon is there is said to nobody.
  const std::stop_source pause;
  auto ear = std::make_shared<DaemonEar>();
  const GenerationRequest request{pause.get_token(),
                                  [ear](const Progress& progress) { ear->Hear(progress); }};
  ASSIGN_OR_RETURN(auto first, parts.load(request));
  auto daemon = std::make_unique<DaemonImpl>(parts, std::move(first), request, pause, ear);
  RETURN_IF_ERROR(daemon->TakeStock());
  return std::unique_ptr<Daemon>(std::move(daemon));
}

void DaemonEar::Hear(const Progress& progress) {
  const std::lock_guard lock(mutex_);
  if (daemon_ != nullptr) daemon_->Announce(progress);
}

void DaemonEar::Listen(DaemonImpl* daemon) {
  const std::lock_guard lock(mutex_);
  daemon_ = daemon;
}

DaemonImpl::DaemonImpl(const DaemonParts& parts, std::shared_ptr<Generation> first,
                       GenerationRequest request, std::stop_source pause,
                       std::shared_ptr<DaemonEar> ear)
    : parts_(parts),
      started_(parts.clock.Now()),
      at_start_(OfStart(first->config())),
      request_(std::move(request)),
      ear_(std::move(ear)),
      pause_(std::move(pause)),
      generation_(std::move(first)),
      source_queue_(AtLeastOne(generation_->config().limits.parallel_fetches),
                    MostOfOneHost(generation_->config())),
      app_queue_(AtLeastOne(generation_->config().limits.parallel_apps),
                 MostOfOneSource(generation_->config())),
      tickets_(started_) {
  ear_->Listen(this);
  reload_.loaded = started_;
  if (parts_.configuration_stamp) stamp_ = parts_.configuration_stamp();
  if (parts_.reloads_asked) reloads_done_ = parts_.reloads_asked();
}

DaemonImpl::~DaemonImpl() { ear_->Listen(nullptr); }

Status DaemonImpl::TakeStock() {
  ASSIGN_OR_RETURN(const auto backlog, generation_->engine().TakeStock());
  const std::lock_guard lock(mutex_);
  for (const AppTask& task : backlog.tasks) Enqueue(task, false);
  std::size_t index = 0;
  for (const SourceSpec& source : generation_->config().sources) {
    sources_.emplace(source.name,
                     SourceState{PollSchedule(source.interval, index++), {}, {}, HostOf(source)});
    // Everything that was pushed while nobody was here is found now, not at the next poll.
    AskForLook(source.name, Now());
  }
  stock_taken_ = true;
  for (const Diagnostic& warning : backlog.warnings) {
    early_.push_back({Severity::kWarning, "daemon.warning", warning.subject,
                      warning.summary + ": " + warning.subject + ": " + warning.detail});
  }
  return {};
}

void DaemonImpl::Run(std::stop_token stop) {
  const Config& config = generation_->config();
  std::vector<std::function<void()>> bodies;
  for (std::size_t i = 0; i < AtLeastOne(config.limits.parallel_fetches); ++i) {
    bodies.emplace_back([this] { SourceLoop(); });
  }
  for (std::size_t i = 0; i < AtLeastOne(config.limits.parallel_apps); ++i) {
    bodies.emplace_back([this] { AppLoop(); });
  }
  bodies.emplace_back([this] { ErrandLoop(); });
  for (const DaemonNotice& notice : std::exchange(early_, {})) {
    Tell([&](DaemonObserver& observer) { observer.OnNotice(notice); });
  }
  Notice(Severity::kNote, "daemon.started",
         "watching " + std::to_string(config.sources.size()) + " sources");
  RunBeside(bodies, [&] {
    Watch(stop);
    Drain();
  });
  std::vector<std::pair<TicketBook::Done, Ticket>> told;
  {
    const std::lock_guard lock(mutex_);
    told = tickets_.CancelAll(
        MakeError(ErrorKind::kCancelled, "the daemon stopped",
                  "the request was not carried out to its end", "ask again when the daemon runs"),
        parts_.clock.Now());
  }
  for (const auto& [done, ticket] : told) done(ticket);
  Notice(Severity::kNote, "daemon.stopped", "everything that was begun is put in order");
}

void DaemonImpl::Watch(const std::stop_token& stop) {
  const std::stop_callback end(stop, [this] { Poke(); });
  while (!stop.stop_requested()) {
    ReloadWhenAsked();
    if (parts_.alive) parts_.alive();
    milliseconds wait = kTick;
    std::stop_token poked;
    {
      const std::lock_guard lock(mutex_);
      const MonotonicTime now = Now();
      for (const WorkQueue* queue : {&source_queue_, &app_queue_}) {
        if (const auto due = queue->NextDue(now)) wait = std::min(wait, *due - now);
      }
      poke_ = std::stop_source();
      poked = poke_.get_token();
      WakeWorkers();
    }
    if (stop.stop_requested()) return;
    parts_.sleeper.Sleep(wait, poked);
  }
}

void DaemonImpl::Poke() {
  const std::lock_guard lock(mutex_);
  poke_.request_stop();
}

void DaemonImpl::WakeWorkers() {
  if (source_queue_.Waiting(Now()) > 0) source_ready_.notify_one();
  if (app_queue_.Waiting(Now()) > 0) app_ready_.notify_one();
}

void DaemonImpl::WakeAll() {
  source_ready_.notify_all();
  app_ready_.notify_all();
  errand_ready_.notify_all();
}

void DaemonImpl::Drain() {
  milliseconds left{0};
  {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    left = std::min(kLongestDrain, milliseconds(generation_->config().limits.stop_grace));
    WakeAll();
  }
  pause_.request_stop();
  looks_.request_stop();
  Notice(Severity::kNote, "daemon.stopping", "nothing new is begun; what is under way may end");
  for (; left > milliseconds(0); left -= kDrainTick) {
    {
      const std::lock_guard lock(mutex_);
      if (app_queue_.running() == 0) break;
    }
    parts_.sleeper.Sleep(kDrainTick, {});
  }
  hard_.request_stop();
}

// --- Configuration

void DaemonImpl::ReloadWhenAsked() {
  const std::uint64_t asked = parts_.reloads_asked ? parts_.reloads_asked() : 0;
  std::string stamp = parts_.configuration_stamp ? parts_.configuration_stamp() : "";
  {
    const std::lock_guard lock(mutex_);
    if (asked == reloads_done_ && stamp == stamp_) return;
    reloads_done_ = asked;
    stamp_ = std::move(stamp);
  }
  auto loaded = parts_.load(request_);
  const WallTime now = parts_.clock.Now();
  {
    const std::lock_guard lock(mutex_);
    ++reload_.attempts;
    reload_.last = now;
    reload_.error.reset();
    if (!loaded) reload_.error = loaded.error();
  }
  if (!loaded) {
    REACHED("daemon: a configuration with errors is refused");
    Notice(Severity::kError, "daemon.reload_failed",
           "the configuration has errors, the old one stays:" + EveryError(loaded.error()));
    return;
  }
  const std::size_t sources = (*loaded)->config().sources.size();
  const Diagnostics unheeded = RestartNeeded(at_start_, (*loaded)->config());
  REACHED("daemon: a new configuration is taken");
  Adopt(*std::move(loaded));
  CloseTickets();
  Notice(Severity::kNote, "daemon.reloaded",
         "the configuration was read anew: " + std::to_string(sources) + " sources");
  for (const Diagnostic& warning : unheeded) {
    Notice(Severity::kWarning, "daemon.restart_needed", warning.detail + "; " + warning.hint);
  }
}

void DaemonImpl::Adopt(std::shared_ptr<Generation> generation) {
  const auto backlog = generation->engine().TakeStock();
  const std::lock_guard lock(mutex_);
  generation_ = std::move(generation);
  reload_.loaded = parts_.clock.Now();
  std::map<std::string, SourceState> before = std::exchange(sources_, {});
  std::size_t index = 0;
  for (const SourceSpec& source : generation_->config().sources) {
    SourceState state{PollSchedule(source.interval, index++), {}, {}, HostOf(source)};
    if (const auto old = before.find(source.name); old != before.end()) {
      state.begun = old->second.begun;
      state.wish = std::move(old->second.wish);
      before.erase(old);
    }
    sources_.emplace(source.name, std::move(state));
    AskForLook(source.name, Now());  // Values and policies may have changed, too.
  }
  for (const auto& [name, state] : before) {
    source_queue_.Drop(name);
    SourceReport gone;
    gone.name = name;
    gone.error = MakeError(ErrorKind::kNotFound, "no such source",
                           "\"" + name + "\" is no longer configured");
    // Whoever waits for a look at it is not left waiting.
    static_cast<void>(tickets_.LookEnded(name, std::numeric_limits<std::uint64_t>::max(), gone));
  }
  if (backlog) {
    for (const AppTask& task : backlog->tasks) Enqueue(task, false);
  }
  WakeWorkers();
}

// --- Telling

template <typename Call>
void DaemonImpl::Tell(Call call) {
  std::vector<DaemonObserver*> observers;
  {
    const std::lock_guard lock(observers_mutex_);
    observers = observers_;
  }
  for (DaemonObserver* observer : observers) call(*observer);
}

void DaemonImpl::Announce(const Progress& progress) {
  Tell([&](DaemonObserver& observer) { observer.OnProgress(progress); });
}

void DaemonImpl::TellLook(const LookNews& news) {
  Tell([&](DaemonObserver& observer) { observer.OnLook(news); });
}

void DaemonImpl::TellApp(const AppNews& news) {
  Tell([&](DaemonObserver& observer) { observer.OnApp(news); });
}

void DaemonImpl::Notice(Severity severity, std::string type, std::string message) {
  Event event;
  event.time = parts_.clock.Now();
  event.severity = severity;
  event.type = type;
  event.message = message;
  // A notice is worth a line in the log also when it cannot be kept.
  static_cast<void>(parts_.store.AppendEvents({event}));
  const DaemonNotice notice{severity, std::move(type), "", std::move(message)};
  Tell([&](DaemonObserver& observer) { observer.OnNotice(notice); });
}

void DaemonImpl::Observe(DaemonObserver& observer) {
  const std::lock_guard lock(observers_mutex_);
  observers_.push_back(&observer);
}

}  // namespace gitops
