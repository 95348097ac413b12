// A process that is killed in the middle of its work: what it was told is done is there, and
// nothing is there by half.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

/// Calls of a run of one action, from its begin to its end.
constexpr int kCallsPerRun = 4;

/// Runs one after another, and one byte into `pipe` for each call that was acknowledged.
void WorkUntilKilled(TempStore& store, int pipe) {
  const AppRecord app = NewApp("web");
  const Action action = SomeAction("setup");
  const auto acknowledge = [pipe](bool done) {
    const char byte = done ? '+' : '-';
    if (write(pipe, &byte, 1) != 1) _exit(1);
  };
  while (true) {
    const auto recorded = store->LoadRecorded(app.id);
    if (!recorded) _exit(1);
    const auto run = store->BeginRun(SomeRun(app, recorded->serial, {action}));
    acknowledge(run.has_value());
    if (!run) _exit(1);
    acknowledge(store->MarkStarted(*run, 0).has_value());
    acknowledge(store->MarkFinished(*run, 0, Success(action)).has_value());
    acknowledge(store->FinishRun(*run, Finished(app)).has_value());
  }
}

/// How many calls must have been made for the store to look as it does.
int CallsSeen(Store& store, const AppId& app) {
  const auto runs = store.ListRuns(app, 1);
  EXPECT_TRUE(runs) << runs.error().ToString();
  if (!runs || runs->empty()) return 0;
  const gitops::Run& last = runs->front();
  const int before = static_cast<int>(last.id - 1) * kCallsPerRun;
  if (last.status != RunStatus::kRunning) return before + 4;
  if (last.actions[0].status == ActionStatus::kSucceeded) return before + 3;
  if (last.actions[0].status == ActionStatus::kRunning) return before + 2;
  return before + 1;
}

TEST(SuddenDeathTest, WhatWasAcknowledgedIsThere) {
  const AppId app{"production", "web"};
  for (const int acknowledged_at_least : {1, 2, 3, 4, 5, 14, 31}) {
    TempStore store;
    store.Close();
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(pipe_ends[0]);
      store.Reopen();
      WorkUntilKilled(store, pipe_ends[1]);
    }
    close(pipe_ends[1]);
    int acknowledged = 0;
    char byte = '+';
    while (acknowledged < acknowledged_at_least && read(pipe_ends[0], &byte, 1) == 1) {
      ASSERT_EQ(byte, '+');
      ++acknowledged;
    }
    ASSERT_EQ(kill(child, SIGKILL), 0);
    while (read(pipe_ends[0], &byte, 1) == 1) ++acknowledged;  // Before the signal arrived.
    close(pipe_ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child failed by itself";
    ASSERT_GE(acknowledged, acknowledged_at_least);

    store.Reopen();
    EXPECT_TRUE(store->CheckIntegrity());
    const int seen = CallsSeen(store.get(), app);
    EXPECT_GE(seen, acknowledged);
    EXPECT_LE(seen, acknowledged + 1) << "at most the call during which it died";
    const auto recorded = store->LoadRecorded(app);
    ASSERT_TRUE(recorded);
    EXPECT_EQ(recorded->serial,
              static_cast<std::uint64_t>((seen / 4) * 2 + (seen % 4) / 2 + (seen % 4 == 3 ? 1 : 0)))
        << "the record moves with the journal";
    EXPECT_EQ(store->UnfinishedRuns()->size(), seen % kCallsPerRun == 0 ? 0U : 1U);
  }
}

}  // namespace
}  // namespace gitops
