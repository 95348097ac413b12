#include "engine/reconcile/notifier.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/reconcile/commit_status.h"
#include "engine/reconcile/notify_payload.h"

namespace gitops {
namespace {

constexpr int kBatch = 200;
/// Events that nobody is told of and that are looked at again, rather than written down as read one
/// by one.
constexpr int kMostPassed = 32;
constexpr std::size_t kMostWaiting = 10'000;
constexpr auto kLongestTry = std::chrono::hours(24);
constexpr std::chrono::milliseconds kLongestIdle{60'000};

bool TellsOfCommits(const Config& config, const std::string& source) {
  return std::any_of(config.sources.begin(), config.sources.end(), [&](const SourceSpec& each) {
    return each.name == source && each.commit_status.has_value();
  });
}

OutboxEntry EntryOf(std::string target, std::string topic, Notification notification,
                    WallTime now) {
  OutboxEntry entry;
  entry.target = std::move(target);
  entry.topic = std::move(topic);
  entry.notification = std::move(notification);
  entry.next = now;
  return entry;
}

std::string What(const OutboxEntry& entry) {
  const Notification& notification = entry.notification;
  if (SourceOfTarget(entry.target).empty()) return Headline(notification);
  return notification.app->ToString() + " at " + notification.revision.Short() + ": " +
         std::string(ToString(notification.kind));
}

}  // namespace

std::chrono::milliseconds NotifyDelay(int attempts, double chance) {
  std::chrono::milliseconds delay{5'000};
  for (int i = 1; i < attempts && delay < std::chrono::minutes(15); ++i) delay *= 2;
  delay = std::min<std::chrono::milliseconds>(delay, std::chrono::minutes(15));
  const double extra = static_cast<double>(delay.count()) * 0.2 * chance;
  return delay + std::chrono::milliseconds(static_cast<std::int64_t>(extra));
}

void Notifier::Tell(const OutboxEntry& entry, std::string_view outcome) const {
  if (!parts_.on_attempt) return;
  parts_.on_attempt(SourceOfTarget(entry.target).empty() ? "notification" : "commit-status",
                    outcome);
}

Status Notifier::Collect() {
  const std::shared_ptr<const Config> config = parts_.config();
  while (true) {
    ASSIGN_OR_RETURN(const auto events, parts_.outbox.UnreadEvents(kBatch));
    int passed = 0;
    for (const Event& event : events) {
      // A commit for each webhook and each look would stand in the way of what follows from them.
      if (TopicOf(event).empty() && ++passed < kMostPassed) continue;
      RETURN_IF_ERROR(CollectEvent(*config, event));
      passed = 0;
    }
    if (events.size() < kBatch) break;
  }
  return CollectPending(*config);
}

/// One transaction for each event: what it is told as, and that it and all before it have been
/// read.
Status Notifier::CollectEvent(const Config& config, const Event& event) {
  OutboxChange change;
  change.read_to = event.id;
  const std::string topic = TopicOf(event);
  if (!topic.empty()) {
    Occurrence occurrence{event, std::nullopt};
    if (event.run != 0) {
      ASSIGN_OR_RETURN(occurrence.run, parts_.store.LoadRun(event.run));
    }
    ASSIGN_OR_RETURN(const auto told, parts_.outbox.LoadTold(topic));
    NotifyDecision decision = DecideNotification(occurrence, told);
    if (decision.told) change.told.push_back(*decision.told);
    for (const NotificationTarget& target : config.notifications) {
      if (!decision.notification || !Wants(target, *decision.notification)) continue;
      change.entries.push_back(
          EntryOf(target.name, topic, *decision.notification, parts_.clock.Now()));
    }
    RETURN_IF_ERROR(AddStatus(config, occurrence, change));
  }
  ASSIGN_OR_RETURN(const std::size_t dropped, parts_.outbox.Enqueue(change, kMostWaiting));
  if (dropped == 0) return {};
  Event lost;
  lost.severity = Severity::kWarning;
  lost.type = "notification.dropped";
  lost.message = std::to_string(dropped) +
                 " notifications were dropped: too many wait for receivers that do not answer";
  return parts_.store.AppendEvents({lost});
}

/// Runs have no event for their begin: those that are under way are looked at instead.
Status Notifier::CollectPending(const Config& config) {
  const bool any =
      std::any_of(config.sources.begin(), config.sources.end(),
                  [](const SourceSpec& source) { return source.commit_status.has_value(); });
  if (!any) return {};
  ASSIGN_OR_RETURN(const auto runs, parts_.store.UnfinishedRuns());
  OutboxChange change;
  for (const Run& run : runs) {
    ASSIGN_OR_RETURN(const auto app, parts_.store.LoadApp(run.plan.app));
    if (!app) continue;
    Occurrence occurrence;
    occurrence.event.source = app->source;
    occurrence.event.app = run.plan.app;
    occurrence.event.run = run.id;
    occurrence.event.time = run.started;
    occurrence.event.message = "is being applied";
    occurrence.run = run;
    RETURN_IF_ERROR(AddStatus(config, occurrence, change));
  }
  if (change.replacing.empty()) return {};
  ASSIGN_OR_RETURN([[maybe_unused]] const std::size_t dropped,
                   parts_.outbox.Enqueue(change, kMostWaiting));
  return {};
}

Status Notifier::AddStatus(const Config& config, const Occurrence& occurrence,
                           OutboxChange& change) {
  if (!TellsOfCommits(config, occurrence.event.source)) return {};
  const auto status = DecideCommitStatus(occurrence);
  if (!status) return {};
  const std::string topic = CommitTopic(*status->app, status->revision.commit);
  ASSIGN_OR_RETURN(const auto told, parts_.outbox.LoadTold(topic));
  if (told && told->kind == status->kind) return {};
  change.told.push_back({topic, status->kind, status->revision.commit, status->time});
  change.replacing.push_back(
      EntryOf(CommitStatusTarget(status->source), topic, *status, parts_.clock.Now()));
  return {};
}

Status Notifier::Deliver(std::stop_token stop) {
  const std::shared_ptr<const Config> config = parts_.config();
  while (!stop.stop_requested()) {
    ASSIGN_OR_RETURN(const auto due, parts_.outbox.DueEntries(parts_.clock.Now(), kBatch));
    if (due.empty()) return {};
    for (const OutboxEntry& entry : due) {
      if (stop.stop_requested()) return {};
      RETURN_IF_ERROR(Attempt(entry, *config, stop));
    }
  }
  return {};
}

Status Notifier::Attempt(const OutboxEntry& entry, const Config& config, std::stop_token stop) {
  const SendOutcome outcome = parts_.sender.Send(entry, config, std::move(stop));
  const WallTime now = parts_.clock.Now();
  switch (outcome.what) {
    case SendOutcome::What::kDelivered:
      Tell(entry, "delivered");
      return parts_.outbox.MarkDelivered(entry.id);
    case SendOutcome::What::kGone:
      return parts_.outbox.DropTarget(entry.target);
    case SendOutcome::What::kCancelled:
      return {};
    case SendOutcome::What::kLater:
      if (now - entry.notification.time < kLongestTry) {
        Tell(entry, "postponed");
        const double chance = static_cast<double>(parts_.random.Below(1000)) / 1000.0;
        std::chrono::milliseconds wait = NotifyDelay(entry.attempts + 1, chance);
        if (outcome.wait) wait = std::max(wait, std::chrono::milliseconds(*outcome.wait));
        return parts_.outbox.Postpone(entry.id, now + wait, outcome.error);
      }
      break;
    case SendOutcome::What::kNever:
      break;
  }
  Tell(entry, "given-up");
  Event event;
  event.time = now;
  event.severity = Severity::kWarning;
  event.type = "notification.failed";
  event.source = entry.notification.source;
  event.app = entry.notification.app;
  event.message =
      "\"" + entry.target + "\" could not be told: " + What(entry) + "; " + outcome.error;
  return parts_.outbox.GiveUp(entry.id, event);
}

Result<std::chrono::milliseconds> Notifier::Idle() {
  ASSIGN_OR_RETURN(const auto next, parts_.outbox.NextDue());
  if (!next) return kLongestIdle;
  const std::chrono::milliseconds until = *next - parts_.clock.Now();
  return std::clamp(until, std::chrono::milliseconds(0), kLongestIdle);
}

}  // namespace gitops
