#include "differ/render_drift.h"

#include <gtest/gtest.h>

#include <utility>

#include "tests/unit/differ/app_states.h"

namespace gitops {
namespace {

AppDrift App(const std::string& name, DriftVerdict verdict, std::string reason = "") {
  AppDrift app;
  app.app = {"default", name};
  app.verdict = verdict;
  app.reason = std::move(reason);
  return app;
}

void AddStep(AppDrift& app, const std::string& address, DriftVerdict verdict, std::string detail) {
  StepDrift step;
  step.address = testing::At(address);
  step.verdict = verdict;
  step.detail = std::move(detail);
  app.steps.push_back(std::move(step));
}

DriftReport Report() {
  DriftReport report;
  report.apps = {App("good", DriftVerdict::kInSync), App("web", DriftVerdict::kDrifted),
                 App("new", DriftVerdict::kUnknown, "nothing of it has been applied")};
  AddStep(report.apps[0], "app.files", DriftVerdict::kInSync, "");
  AddStep(report.apps[1], "infrastructure.host", DriftVerdict::kMissing, "it is gone");
  AddStep(report.apps[1], "app.files", DriftVerdict::kDrifted, "a file was changed");
  AddStep(report.apps[1], "app.setup", DriftVerdict::kUnknown, "a hook cannot be observed");
  return report;
}

TEST(RenderDriftTest, ShowsWhatIsNotAsItWasApplied) {
  EXPECT_EQ(RenderDrift(Report(), false),
            "default/web  drifted\n"
            "  - infrastructure.host  missing  it is gone\n"
            "  ~ app.files            drifted  a file was changed\n"
            "  to put it back: tfgrid-compose reconcile default/web\n"
            "\n"
            "default/new  unknown\n"
            "  nothing of it has been applied\n"
            "\n"
            "Drift: 1 drifted, 1 in sync, 1 unknown.\n");
}

TEST(RenderDriftTest, OfAppsThatAreNamedEveryStep) {
  EXPECT_EQ(RenderDrift(Report(), true),
            "default/good  in sync\n"
            "  = app.files  in sync\n"
            "\n"
            "default/web  drifted\n"
            "  - infrastructure.host  missing  it is gone\n"
            "  ~ app.files            drifted  a file was changed\n"
            "  ? app.setup            unknown  a hook cannot be observed\n"
            "  to put it back: tfgrid-compose reconcile default/web\n"
            "\n"
            "default/new  unknown\n"
            "  nothing of it has been applied\n"
            "\n"
            "Drift: 1 drifted, 1 in sync, 1 unknown.\n");
}

TEST(RenderDriftTest, SaysWhenThereIsNothing) {
  EXPECT_EQ(RenderDrift({}, false), "Drift: nothing has been applied.\n");
}

TEST(RenderDriftTest, ColoursTellHowBadItIs) {
  RenderOptions colours;
  colours.color = true;
  const std::pair<DriftVerdict, std::string> table[] = {{DriftVerdict::kInSync, "\x1b[32min sync"},
                                                        {DriftVerdict::kDrifted, "\x1b[33mdrifted"},
                                                        {DriftVerdict::kMissing, "\x1b[31mmissing"},
                                                        {DriftVerdict::kUnknown, "\x1b[2munknown"}};
  for (const auto& [verdict, text] : table) {
    DriftReport report;
    report.apps = {App("web", verdict)};
    EXPECT_NE(RenderDrift(report, true, colours).find(text), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace gitops
