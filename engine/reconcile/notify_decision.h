// What is worth telling, decided from an event and from what was told before. Pure: the same event
// gives the same notification, however often it is read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/model/event.h"
#include "engine/model/notification.h"
#include "engine/model/reporting.h"
#include "engine/model/run.h"

namespace gitops {

/// One event with the run it tells of.
struct Occurrence {
  Event event;
  std::optional<Run> run;
};

struct NotifyDecision {
  std::optional<Notification> notification;
  std::optional<Told> told;  ///< What has been told from now on.
};

/// The topic that an event may be told under; "" when nobody is told of events of its type.
std::string TopicOf(const Event& event);

/// One notification per state of an app or source: a failure is told once for each commit, however
/// often it is retried, its end as a recovery.
NotifyDecision DecideNotification(const Occurrence& occurrence, const std::optional<Told>& told);

/// The state that the commit of a run gets at its forge. Rollbacks and deletions are about no
/// commit. `told`: of CommitTopic; nothing is returned that it says already.
std::optional<Notification> DecideCommitStatus(const Occurrence& occurrence);
/// "status:production/web@1f0c…".
std::string CommitTopic(const AppId& app, const ObjectId& commit);

/// Whether the target wants to be told.
bool Wants(const NotificationTarget& target, const Notification& notification);

}  // namespace gitops
