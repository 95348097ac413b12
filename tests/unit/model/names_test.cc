// Names that are stored or part of the JSON contract: written out here, so that renaming one breaks
// a test before it breaks a database.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string_view>

#include "engine/model/app_record.h"
#include "engine/model/health.h"
#include "engine/model/phase.h"
#include "engine/model/plan.h"
#include "engine/model/reason.h"
#include "engine/model/report.h"
#include "engine/model/run.h"

namespace gitops {
namespace {

template <typename Enum, typename Parse>
void ExpectNames(const std::map<Enum, std::string_view>& names, Parse parse) {
  for (const auto& [value, name] : names) {
    EXPECT_EQ(ToString(value), name);
    EXPECT_EQ(parse(name), value) << name;
  }
  for (const char* other : {"", "nonsense", "Create", "SYNCED", " app"}) {
    EXPECT_FALSE(parse(other).has_value()) << other;
  }
}

TEST(NamesTest, Phases) {
  ExpectNames<Phase>({{Phase::kInfrastructure, "infrastructure"},
                      {Phase::kNetwork, "network"},
                      {Phase::kPlatform, "platform"},
                      {Phase::kApp, "app"}},
                     ParsePhase);
  EXPECT_LT(Phase::kInfrastructure, Phase::kNetwork);
  EXPECT_LT(Phase::kNetwork, Phase::kPlatform);
  EXPECT_LT(Phase::kPlatform, Phase::kApp);
}

TEST(NamesTest, Actions) {
  ExpectNames<ActionKind>({{ActionKind::kCreate, "create"},
                           {ActionKind::kUpdate, "update"},
                           {ActionKind::kReplace, "replace"},
                           {ActionKind::kDelete, "delete"},
                           {ActionKind::kRun, "run"}},
                          ParseActionKind);
}

TEST(NamesTest, Plans) {
  ExpectNames<PlanKind>({{PlanKind::kApply, "apply"},
                         {PlanKind::kRollback, "rollback"},
                         {PlanKind::kDelete, "delete"}},
                        ParsePlanKind);
}

TEST(NamesTest, Reasons) {
  ExpectNames<ReasonCode>({{ReasonCode::kNotRecorded, "not_recorded"},
                           {ReasonCode::kInputsChanged, "inputs_changed"},
                           {ReasonCode::kPatternChanged, "pattern_changed"},
                           {ReasonCode::kDriverChanged, "driver_changed"},
                           {ReasonCode::kRemoved, "removed"},
                           {ReasonCode::kAppDeleted, "app_deleted"},
                           {ReasonCode::kLastAttemptFailed, "last_attempt_failed"},
                           {ReasonCode::kOutcomeUnknown, "outcome_unknown"},
                           {ReasonCode::kUpstreamMayChange, "upstream_may_change"},
                           {ReasonCode::kUpstreamChanged, "upstream_changed"},
                           {ReasonCode::kAfterOtherSteps, "after_other_steps"},
                           {ReasonCode::kMissing, "missing"},
                           {ReasonCode::kDrifted, "drifted"},
                           {ReasonCode::kForced, "forced"},
                           {ReasonCode::kUnchanged, "unchanged"}},
                          ParseReasonCode);
}

TEST(NamesTest, Runs) {
  ExpectNames<RunStatus>({{RunStatus::kRunning, "running"},
                          {RunStatus::kSucceeded, "succeeded"},
                          {RunStatus::kFailed, "failed"},
                          {RunStatus::kCancelled, "cancelled"}},
                         ParseRunStatus);
  ExpectNames<ActionStatus>({{ActionStatus::kPending, "pending"},
                             {ActionStatus::kRunning, "running"},
                             {ActionStatus::kSucceeded, "succeeded"},
                             {ActionStatus::kFailed, "failed"},
                             {ActionStatus::kSkipped, "skipped"},
                             {ActionStatus::kUnknown, "unknown"}},
                            ParseActionStatus);
  ExpectNames<RunTrigger>({{RunTrigger::kSync, "sync"},
                           {RunTrigger::kManual, "manual"},
                           {RunTrigger::kAutomaticRollback, "automatic_rollback"},
                           {RunTrigger::kRecovery, "recovery"},
                           {RunTrigger::kPrune, "prune"}},
                          ParseRunTrigger);
}

TEST(NamesTest, Apps) {
  ExpectNames<Presence>({{Presence::kPresent, "present"},
                         {Presence::kOrphaned, "orphaned"},
                         {Presence::kInvalid, "invalid"}},
                        ParsePresence);
  ExpectNames<SyncStatus>({{SyncStatus::kSynced, "Synced"},
                           {SyncStatus::kOutOfSync, "OutOfSync"},
                           {SyncStatus::kUnknown, "Unknown"}},
                          ParseSyncStatus);
  ExpectNames<Health>({{Health::kHealthy, "Healthy"},
                       {Health::kSuspended, "Suspended"},
                       {Health::kProgressing, "Progressing"},
                       {Health::kMissing, "Missing"},
                       {Health::kDegraded, "Degraded"},
                       {Health::kUnknown, "Unknown"}},
                      ParseHealth);
}

TEST(NamesTest, Verdicts) {
  const std::map<Verdict, std::string_view> names = {
      {Verdict::kCreate, "create"},       {Verdict::kUpdate, "update"},
      {Verdict::kUnchanged, "unchanged"}, {Verdict::kDelete, "delete"},
      {Verdict::kOrphaned, "orphaned"},   {Verdict::kBlocked, "blocked"},
      {Verdict::kInvalid, "invalid"}};
  for (const auto& [verdict, name] : names) EXPECT_EQ(ToString(verdict), name);
}

TEST(HealthTest, TheWorstWins) {
  EXPECT_EQ(Worst(Health::kHealthy, Health::kHealthy), Health::kHealthy);
  EXPECT_EQ(Worst(Health::kHealthy, Health::kSuspended), Health::kSuspended);
  EXPECT_EQ(Worst(Health::kProgressing, Health::kSuspended), Health::kProgressing);
  EXPECT_EQ(Worst(Health::kProgressing, Health::kMissing), Health::kMissing);
  EXPECT_EQ(Worst(Health::kDegraded, Health::kMissing), Health::kDegraded);
  EXPECT_EQ(Worst(Health::kDegraded, Health::kUnknown), Health::kUnknown);
}

}  // namespace
}  // namespace gitops
