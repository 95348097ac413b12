#include "engine/model/report.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

AppReport App(Verdict verdict, std::size_t actions = 0,
              ActionStatus status = ActionStatus::kPending) {
  AppReport app;
  app.verdict = verdict;
  app.actions.resize(actions);
  for (ActionReport& action : app.actions) action.status = status;
  return app;
}

TEST(ReconcileReportTest, CountsAppsByVerdict) {
  ReconcileReport report;
  report.apps = {App(Verdict::kCreate, 3), App(Verdict::kUpdate, 2), App(Verdict::kUpdate, 1),
                 App(Verdict::kDelete, 4), App(Verdict::kBlocked),   App(Verdict::kInvalid),
                 App(Verdict::kOrphaned),  App(Verdict::kUnchanged)};
  report.apps[1].failed = true;
  report.unchanged = 997;
  const auto summary = report.Summarise();
  EXPECT_EQ(summary.create, 1U);
  EXPECT_EQ(summary.update, 2U);
  EXPECT_EQ(summary.removed, 1U);
  EXPECT_EQ(summary.blocked, 1U);
  EXPECT_EQ(summary.invalid, 1U);
  EXPECT_EQ(summary.orphaned, 1U);
  EXPECT_EQ(summary.unchanged, 997U) << "listed ones are counted there already";
  EXPECT_EQ(summary.actions, 10U);
  EXPECT_EQ(summary.failed, 1U);
}

TEST(ReconcileReportTest, KnowsWhatCountsAsAFailure) {
  ReconcileReport report;
  report.apps = {App(Verdict::kBlocked), App(Verdict::kOrphaned), App(Verdict::kUpdate, 1)};
  Diagnostic note;
  note.severity = Severity::kWarning;
  report.diagnostics = {note};
  EXPECT_FALSE(report.HasFailures());

  ReconcileReport failed = report;
  failed.apps[2].failed = true;
  EXPECT_TRUE(failed.HasFailures());
  ReconcileReport invalid = report;
  invalid.apps.push_back(App(Verdict::kInvalid));
  EXPECT_TRUE(invalid.HasFailures());
  ReconcileReport unread = report;
  unread.sources.resize(1);
  EXPECT_FALSE(unread.HasFailures());
  unread.sources[0].error = MakeError(ErrorKind::kTransient, "dead");
  EXPECT_TRUE(unread.HasFailures());
  ReconcileReport error = report;
  error.diagnostics[0].severity = Severity::kError;
  EXPECT_TRUE(error.HasFailures());
}

TEST(ReconcileReportTest, ChangesArePendingUntilTheirActionsWereCarriedOut) {
  ReconcileReport report;
  EXPECT_FALSE(report.HasPendingChanges());
  report.apps = {App(Verdict::kUpdate, 2, ActionStatus::kSucceeded), App(Verdict::kUnchanged)};
  EXPECT_FALSE(report.HasPendingChanges());
  report.apps[0].actions[1].status = ActionStatus::kPending;
  EXPECT_TRUE(report.HasPendingChanges());
}

}  // namespace
}  // namespace gitops
