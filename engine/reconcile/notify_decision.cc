#include "engine/reconcile/notify_decision.h"

#include <algorithm>
#include <utility>

#include "engine/pattern/glob.h"

namespace gitops {
namespace {

bool IsTrouble(NotificationKind kind) {
  return kind == NotificationKind::kFailed || kind == NotificationKind::kRolledBack ||
         kind == NotificationKind::kSourceFailed;
}

/// What happened, without looking at what was told; nullopt: nothing to tell.
std::optional<NotificationKind> KindOf(const Occurrence& occurrence) {
  const std::string& type = occurrence.event.type;
  if (type == "source.failed") return NotificationKind::kSourceFailed;
  if (type == "source.recovered") return NotificationKind::kSourceRecovered;
  if (!occurrence.event.app) return std::nullopt;
  if (type == "run.failed" || type == "app.rollback_failed") return NotificationKind::kFailed;
  if (type == "app.rolled_back") return NotificationKind::kRolledBack;
  if (type != "run.succeeded") return std::nullopt;
  if (!occurrence.run || occurrence.run->plan.kind != PlanKind::kRollback) {
    return NotificationKind::kDeployed;
  }
  // The end of an automatic rollback has an event of its own.
  if (occurrence.run->trigger == RunTrigger::kAutomaticRollback) return std::nullopt;
  return NotificationKind::kRolledBack;
}

/// The commit that went wrong, or right: of a rollback the one that it returned to.
Revision RevisionOf(const Occurrence& occurrence) {
  return occurrence.run ? occurrence.run->plan.revision : Revision();
}

bool MatchesAny(const std::vector<std::string>& globs, const std::string& name) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& text) {
    const auto glob = Glob::Parse(text);
    return glob && glob->Matches(name);
  });
}

}  // namespace

std::string TopicOf(const Event& event) {
  if (event.app) {
    const bool told = event.type == "run.failed" || event.type == "run.succeeded" ||
                      event.type == "app.rolled_back" || event.type == "app.rollback_failed";
    return told ? "app:" + event.app->ToString() : "";
  }
  const bool told = event.type == "source.failed" || event.type == "source.recovered";
  return told ? "source:" + event.source : "";
}

NotifyDecision DecideNotification(const Occurrence& occurrence, const std::optional<Told>& told) {
  const auto happened = KindOf(occurrence);
  if (!happened) return {};
  NotificationKind kind = *happened;
  const Revision revision = RevisionOf(occurrence);
  const bool in_trouble = told && IsTrouble(told->kind);
  if (kind == NotificationKind::kDeployed && in_trouble) kind = NotificationKind::kRecovered;
  if (kind == NotificationKind::kSourceRecovered && !in_trouble) return {};
  // A retry that fails again, or an event that was read twice.
  const bool same = told && told->kind == kind && told->commit == revision.commit;
  if (same && (IsTrouble(kind) || kind == NotificationKind::kRecovered)) {
    return {};
  }
  Notification notification;
  notification.kind = kind;
  notification.source = occurrence.event.source;
  notification.app = occurrence.event.app;
  notification.revision = revision;
  notification.run = occurrence.event.run;
  notification.message = occurrence.event.message;
  notification.time = occurrence.event.time;
  Told now{notification.Topic(), kind, revision.commit, occurrence.event.time};
  return {std::move(notification), std::move(now)};
}

std::optional<Notification> DecideCommitStatus(const Occurrence& occurrence) {
  if (!occurrence.event.app || !occurrence.run) return std::nullopt;
  const Run& run = *occurrence.run;
  if (run.plan.kind != PlanKind::kApply || run.plan.revision.commit.IsZero()) return std::nullopt;
  Notification notification;
  if (occurrence.event.type == "run.succeeded") {
    notification.kind = NotificationKind::kStatusSuccess;
  } else if (occurrence.event.type == "run.failed") {
    notification.kind = NotificationKind::kStatusFailure;
  } else if (run.status == RunStatus::kRunning) {
    notification.kind = NotificationKind::kStatusPending;
  } else {
    return std::nullopt;
  }
  notification.source = occurrence.event.source;
  notification.app = occurrence.event.app;
  notification.revision = run.plan.revision;
  notification.run = run.id;
  notification.message = occurrence.event.message;
  notification.time = occurrence.event.time;
  return notification;
}

std::string CommitTopic(const AppId& app, const ObjectId& commit) {
  return "status:" + app.ToString() + "@" + commit.Hex();
}

bool Wants(const NotificationTarget& target, const Notification& notification) {
  if (std::find(target.on.begin(), target.on.end(), notification.kind) == target.on.end()) {
    return false;
  }
  // What is about a source may concern any of its apps.
  if (!notification.app) return true;
  const AppId& app = *notification.app;
  if (!target.environments.empty() && !MatchesAny(target.environments, app.environment)) {
    return false;
  }
  return target.apps.empty() || MatchesAny(target.apps, app.name) ||
         MatchesAny(target.apps, app.ToString());
}

}  // namespace gitops
