// An app in a store, and runs of it.
#pragma once

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "engine/store/journal.h"
#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {

class JournalFixture : public testing::Test {
 protected:
  JournalFixture() { EXPECT_TRUE(store_->SaveApps({app_}, {})); }

  RunId Begin(std::vector<Action> actions) {
    const auto run = store_->BeginRun(SomeRun(app_, Serial(), std::move(actions)));
    EXPECT_TRUE(run) << run.error().ToString();
    return *run;
  }

  /// Brings a step into the record by a run of its own.
  void Record(const Action& action, Outputs outputs = {{"address", "10.1.2.3"}}) {
    const RunId run = Begin({action});
    EXPECT_TRUE(store_->MarkStarted(run, 0));
    EXPECT_TRUE(store_->MarkFinished(run, 0, Success(action, std::move(outputs))));
    EXPECT_TRUE(store_->FinishRun(run, Finished(app_)));
  }

  RecordedState Recorded() {
    auto recorded = store_->LoadRecorded(app_.id);
    EXPECT_TRUE(recorded) << recorded.error().ToString();
    return *recorded;
  }
  std::uint64_t Serial() { return Recorded().serial; }
  AppRecord App() { return **store_->LoadApp(app_.id); }

  TempStore store_;
  const AppRecord app_ = NewApp("web");
  const Action setup_ = SomeAction("setup");
  const Action host_ = SomeAction("host", ActionKind::kCreate, Phase::kInfrastructure);
};

}  // namespace gitops
