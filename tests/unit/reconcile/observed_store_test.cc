// What an observer hears of a store's work: after it is durable, and nothing of what failed.
#include "engine/reconcile/observed_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/faulty_store.h"
#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Lines = std::vector<std::string>;

/// Writes down all it hears but the store's calls, which have a list of their own.
class Listener : public EngineObserver {
 public:
  void OnSourceKnown(const SourceRecord& source) override { Hear("known " + source.name); }
  void OnSourceLook(const SourceRecord& source, WallTime) override { Hear("look " + source.name); }
  void OnSourceForgotten(const std::string& name) override { Hear("source gone " + name); }
  void OnAppSaved(const AppRecord& app) override { Hear("app " + app.id.name); }
  void OnAppForgotten(const AppId& app) override { Hear("app gone " + app.name); }
  void OnRunBegun(const ObservedRun& run) override { Hear("begun of " + run.source); }
  void OnActionFinished(const ObservedAction& action) override {
    Hear("action " + action.address + " " + std::string(ToString(action.status)) + " " +
         std::to_string(action.took.count()) + " us");
  }
  void OnRunFinished(const ObservedRun& run) override {
    Hear("finished " + std::string(ToString(run.status)) + " " + std::to_string(run.took.count()) +
         " us");
  }
  void OnRunStopped(RunId) override { Hear("stopped"); }
  void OnEvents() override { Hear("events"); }
  void OnStoreCall(std::string_view call, std::chrono::microseconds, bool failed) override {
    calls.push_back(std::string(call) + (failed ? " failed" : ""));
  }

  Lines Take() { return std::exchange(heard_, {}); }
  Lines calls;

 private:
  void Hear(std::string line) { heard_.push_back(std::move(line)); }
  Lines heard_;
};

class ObservedStoreTest : public testing::Test {
 protected:
  NewRun WebRun(std::vector<Event> events = {}) {
    NewRun run = SomeRun(NewApp("web"), 0, {SomeAction("setup")});
    run.events = std::move(events);
    return run;
  }
  RunId Begin() {
    const auto run = store_.BeginRun(WebRun());
    EXPECT_TRUE(run.has_value());
    listener_.Take();
    return run ? *run : 0;
  }

  TempStore temp_;
  FaultyStore faulty_{temp_.get()};
  Listener listener_;
  ObservedStore store_{faulty_, listener_, temp_.clock()};
};

TEST_F(ObservedStoreTest, TellsWhatWasWritten) {
  ASSERT_TRUE(store_.RecordSourceSync({SomeSource(), {NewApp("web")}, {SomeEvent("looked")}}));
  EXPECT_THAT(listener_.Take(), ElementsAre("look apps", "app web", "events"));
  ASSERT_TRUE(store_.SaveApps({NewApp("web"), NewApp("db")}, {}));
  EXPECT_THAT(listener_.Take(), ElementsAre("app web", "app db"));
  ASSERT_TRUE(store_.UpdateApps({NewApp("web").id}, [](AppRecord&) {}, {SomeEvent("changed")}));
  EXPECT_THAT(listener_.Take(), ElementsAre("app web", "events"));
  ASSERT_TRUE(store_.ForgetApp(NewApp("db").id, {SomeEvent("gone")}));
  EXPECT_THAT(listener_.Take(), ElementsAre("app gone db", "events"));
  ASSERT_TRUE(store_.AppendEvents({}));
  EXPECT_THAT(listener_.Take(), IsEmpty()) << "there is nothing to tell";
  ASSERT_TRUE(store_.AppendEvents({SomeEvent("said")}));
  EXPECT_THAT(listener_.Take(), ElementsAre("events"));
}

TEST_F(ObservedStoreTest, TellsOfARunFromItsBeginToItsEnd) {
  const auto run = store_.BeginRun(WebRun({SomeEvent("begun")}));
  ASSERT_TRUE(run);
  EXPECT_THAT(listener_.Take(), ElementsAre("app web", "begun of apps", "events"));
  temp_.clock().Advance(std::chrono::milliseconds(3));
  ASSERT_TRUE(store_.MarkStarted(*run, 0));
  temp_.clock().Advance(std::chrono::milliseconds(2));
  ASSERT_TRUE(store_.MarkFinished(*run, 0, Success(SomeAction("setup"))));
  EXPECT_THAT(listener_.Take(), ElementsAre("action app.setup succeeded 2000 us"));
  ASSERT_TRUE(store_.FinishRun(*run, Finished(NewApp("web"))));
  EXPECT_THAT(listener_.Take(), ElementsAre("app web", "finished succeeded 5000 us"));
  EXPECT_THAT(listener_.calls, ElementsAre("BeginRun", "MarkStarted", "MarkFinished", "FinishRun"));
}

TEST_F(ObservedStoreTest, OutcomesThatComeWithSomethingElseAreToldToo) {
  NewRun two = SomeRun(NewApp("web"), 0, {SomeAction("setup"), SomeAction("configure")});
  two.starts = true;
  const auto run = store_.BeginRun(two);
  ASSERT_TRUE(run);
  listener_.Take();
  temp_.clock().Advance(std::chrono::milliseconds(1));
  ASSERT_TRUE(store_.MarkGoneOn(*run, {{0, Success(SomeAction("setup"))}}, 1));
  EXPECT_THAT(listener_.Take(), ElementsAre("action app.setup succeeded 1000 us"));
  temp_.clock().Advance(std::chrono::milliseconds(2));
  RunOutcome outcome = Finished(NewApp("web"));
  outcome.finished = {{1, Success(SomeAction("configure"))}};
  ASSERT_TRUE(store_.FinishRun(*run, outcome));
  EXPECT_THAT(listener_.Take(), ElementsAre("action app.configure succeeded 2000 us", "app web",
                                            "finished succeeded 3000 us"));
}

TEST_F(ObservedStoreTest, ARunThatForgetsItsAppSaysSo) {
  const RunId run = Begin();
  ASSERT_TRUE(store_.MarkStarted(run, 0));
  ASSERT_TRUE(store_.MarkFinished(run, 0, Success(SomeAction("setup"))));
  listener_.Take();
  RunOutcome outcome = Finished(NewApp("web"));
  outcome.forget_app = true;
  outcome.events = {SomeEvent("gone")};
  ASSERT_TRUE(store_.FinishRun(run, outcome));
  EXPECT_THAT(listener_.Take(), ElementsAre("app gone web", "finished succeeded 0 us", "events"));
}

TEST_F(ObservedStoreTest, ARunThatIsStoppedIsNotUnderWayAnyMore) {
  const RunId run = Begin();
  ASSERT_TRUE(store_.MarkStarted(run, 0));
  ASSERT_TRUE(store_.MarkStopped(run));
  EXPECT_THAT(listener_.Take(), ElementsAre("stopped"));
  ASSERT_TRUE(store_.MarkFinished(run, 0, Success(SomeAction("setup"))));
  EXPECT_THAT(listener_.Take(), IsEmpty()) << "nobody knows when it began";
  ASSERT_TRUE(store_.UnfinishedRuns());
  temp_.clock().Advance(std::chrono::milliseconds(1));
  ASSERT_TRUE(store_.FinishRun(run, Finished(NewApp("web"))));
  EXPECT_THAT(listener_.Take(), ElementsAre("app web", "finished succeeded 1000 us"))
      << "taken up, and measured from there";
}

TEST_F(ObservedStoreTest, TakesUpRunsOfAnEarlierProcess) {
  const RunId run = Begin();
  ASSERT_TRUE(store_.MarkStarted(run, 0));
  Listener second;
  ObservedStore restarted(temp_.get(), second, temp_.clock());
  ASSERT_TRUE(restarted.UnfinishedRuns());
  temp_.clock().Advance(std::chrono::milliseconds(4));
  ASSERT_TRUE(restarted.MarkFinished(run, 0, Success(SomeAction("setup"))));
  EXPECT_THAT(second.Take(), ElementsAre("action app.setup succeeded 4000 us"));
}

TEST_F(ObservedStoreTest, AnObserverIsToldWhatIsStoredAlready) {
  ASSERT_TRUE(temp_->RecordSourceSync({SomeSource(), {NewApp("web"), NewApp("db")}, {}}));
  ASSERT_TRUE(ObserveStored(temp_.get(), listener_));
  EXPECT_THAT(listener_.Take(), ElementsAre("known apps", "app db", "app web"));
}

/// Each writing call with a failing store: the failure comes back, and nobody is told of work.
TEST_F(ObservedStoreTest, WhatFailedIsNotTold) {
  const RunId run = Begin();
  const AppRecord web = NewApp("web");
  const std::vector<Event> events = {SomeEvent("never")};
  const std::vector<std::pair<const char*, std::function<bool()>>> calls = {
      {"RecordSourceSync",
       [&] {
         return store_.RecordSourceSync({SomeSource(), {web}, events}).has_value();
       }},
      {"ForgetSource", [&] { return store_.ForgetSource("apps").has_value(); }},
      {"SaveApps", [&] { return store_.SaveApps({web}, events).has_value(); }},
      {"UpdateApps",
       [&] {
         return store_
             .UpdateApps(
                 {web.id}, [](AppRecord&) {}, events)
             .has_value();
       }},
      {"ForgetApp", [&] { return store_.ForgetApp(web.id, events).has_value(); }},
      {"BeginRun", [&] { return store_.BeginRun(WebRun(events)).has_value(); }},
      {"MarkStarted", [&] { return store_.MarkStarted(run, 0).has_value(); }},
      {"MarkFinished",
       [&] { return store_.MarkFinished(run, 0, Success(SomeAction("setup"))).has_value(); }},
      {"MarkGoneOn",
       [&] {
         return store_.MarkGoneOn(run, {{0, Success(SomeAction("setup"))}}, 0).has_value();
       }},
      {"FinishRun", [&] { return store_.FinishRun(run, Finished(web)).has_value(); }},
      {"MarkRecovered", [&] { return store_.MarkRecovered(run, events.front()).has_value(); }},
      {"MarkStopped", [&] { return store_.MarkStopped(run).has_value(); }},
      {"AppendEvents", [&] { return store_.AppendEvents(events).has_value(); }},
  };
  for (const auto& [name, call] : calls) {
    SCOPED_TRACE(name);
    listener_.calls.clear();
    const int next = static_cast<int>(faulty_.calls().size()) + 1;
    faulty_.FailAt(next, FaultyStore::Moment::kBefore, ErrorKind::kTransient);
    EXPECT_FALSE(call());
    EXPECT_THAT(listener_.Take(), IsEmpty());
    EXPECT_THAT(listener_.calls, ElementsAre(std::string(name) + " failed"));
  }
}

}  // namespace
}  // namespace gitops
