// What deliveries caused: looks save apps, runs are begun as the engine does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/store/event_deliveries.h"
#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

NewDelivery Pushed(const std::string& delivery_id, const std::string& source = "apps") {
  NewDelivery fresh;
  fresh.delivery.source = source;
  fresh.delivery.provider = "github";
  fresh.delivery.delivery_id = delivery_id;
  fresh.delivery.body_sha256 = std::string(64, 'a');
  fresh.delivery.received = At(1000);
  fresh.delivery.request_id = "request of " + delivery_id;
  fresh.delivery.kind = "push";
  fresh.delivery.summary = "branch main";
  fresh.delivery.outcome = DeliveryOutcome::kAccepted;
  fresh.event = SomeEvent("push of " + delivery_id);
  return fresh;
}

class DeliveryCausesTest : public testing::Test {
 protected:
  void Record(const NewDelivery& fresh) {
    ASSERT_TRUE(store_.deliveries().RecordDeliveries({fresh}));
  }
  std::vector<Delivery> List() { return *store_.deliveries().ListDeliveries({}); }
  /// A look finds the app at another tree.
  void Found(AppRecord& app, char tree) {
    app.tree = Oid(tree);
    ASSERT_TRUE(store_->SaveApps({app}, {}));
  }
  RunId Apply(AppRecord& app, RunStatus status, RunTrigger trigger = RunTrigger::kSync) {
    const RunId run = Begin(app, trigger);
    EXPECT_TRUE(store_->FinishRun(run, Finished(app, status)));
    return run;
  }
  RunId Begin(AppRecord& app, RunTrigger trigger = RunTrigger::kSync) {
    NewRun fresh = SomeRun(app, 0, {});
    fresh.trigger = trigger;
    const auto run = store_->BeginRun(fresh);
    EXPECT_TRUE(run) << run.error().ToString();
    app.last_run = run ? *run : 0;
    return app.last_run;
  }
  void Look(std::uint64_t number, const std::vector<AppId>& changed) {
    ASSERT_TRUE(store_.deliveries().MarkLooked("apps", number, {"moved", changed}));
  }

  TempStore store_;
};

TEST_F(DeliveryCausesTest, ADeliveryCausesTheRunsUntilANewerLookFoundSomething) {
  AppRecord web = NewApp("web");
  Found(web, '1');
  Apply(web, RunStatus::kSucceeded);  // Before any delivery.
  EXPECT_FALSE(*store_.deliveries().FindCause(web.last_run)) << "it was before any delivery";
  Record(Pushed("d-1"));
  Found(web, '2');
  Look(1, {web.id});
  EXPECT_EQ(List().at(0).look->changed, 1U);
  EXPECT_EQ(List().at(0).look->apps, (std::vector<CausedWork>{{web.id, {}}})) << "not begun";

  const RunId failed = Apply(web, RunStatus::kFailed);
  const RunId back = Apply(web, RunStatus::kSucceeded, RunTrigger::kAutomaticRollback);
  Record(Pushed("d-2"));
  Found(web, '3');
  Look(2, {web.id});
  const RunId next = Begin(web);
  const auto listed = List();
  const std::vector<CausedRun> first = {
      {failed, RunTrigger::kSync, RunStatus::kFailed},
      {back, RunTrigger::kAutomaticRollback, RunStatus::kSucceeded}};
  EXPECT_EQ(listed.at(1).look->apps, (std::vector<CausedWork>{{web.id, first}}));
  const std::vector<CausedRun> second = {{next, RunTrigger::kSync, RunStatus::kRunning}};
  EXPECT_EQ(listed.at(0).look->apps, (std::vector<CausedWork>{{web.id, second}}));

  for (const RunId run : {failed, back}) {
    const auto cause = store_.deliveries().FindCause(run);
    ASSERT_TRUE(cause && *cause) << run;
    EXPECT_EQ((*cause)->delivery_id, "d-1");
    EXPECT_EQ((*cause)->request_id, "request of d-1");
  }
  EXPECT_EQ((*store_.deliveries().FindCause(next))->delivery_id, "d-2");
  EXPECT_FALSE(*store_.deliveries().FindCause(4711));
}

TEST_F(DeliveryCausesTest, ARunThatBeganBeforeTheLookWasRecordedIsNotOfIt) {
  AppRecord web = NewApp("web");
  Found(web, '1');
  const RunId old = Begin(web);
  Record(Pushed("d-1"));
  AppRecord newer = web;
  Found(newer, '2');
  Look(1, {web.id});
  EXPECT_TRUE(List().at(0).look->apps.at(0).runs.empty());
  ASSERT_TRUE(store_->FinishRun(old, Finished(web)));
  EXPECT_TRUE(List().at(0).look->apps.at(0).runs.empty());
}

TEST_F(DeliveryCausesTest, OneThatBeganBetweenTheTwoRecordsIs) {
  AppRecord web = NewApp("web");
  Record(Pushed("d-1"));
  Found(web, '1');
  const RunId run = Begin(web);
  Look(1, {web.id});
  ASSERT_EQ(List().at(0).look->apps.at(0).runs.size(), 1U);
  EXPECT_EQ(List().at(0).look->apps.at(0).runs.at(0).id, run);
}

TEST_F(DeliveryCausesTest, ARunAfterALookThatAPersonAskedForIsOfNoDelivery) {
  AppRecord web = NewApp("web");
  Record(Pushed("d-1"));
  Look(1, {});  // It found nothing.
  ASSERT_TRUE(store_.deliveries().AskForSource("apps", "ann"));
  Found(web, '1');
  Look(2, {web.id});
  const RunId run = Begin(web);
  EXPECT_FALSE(*store_.deliveries().FindCause(run));
}

TEST_F(DeliveryCausesTest, OfManyRunsAndAppsTheFirstAreKept) {
  std::vector<AppRecord> apps;
  std::vector<AppId> ids;
  for (int i = 0; i < 150; ++i) {
    apps.push_back(NewApp("app-" + std::to_string(i)));
    ids.push_back(apps.back().id);
  }
  Record(Pushed("d-1"));
  ASSERT_TRUE(store_->SaveApps(apps, {}));
  Look(1, ids);
  for (int i = 0; i < 8; ++i) Apply(apps[3], RunStatus::kFailed);
  const AnsweringLook look = *List().at(0).look;
  EXPECT_EQ(look.changed, 150U);
  ASSERT_EQ(look.apps.size(), 100U);
  EXPECT_EQ(look.apps.at(99).app, ids.at(99));
  EXPECT_EQ(look.apps.at(3).runs.size(), 5U);
  EXPECT_TRUE(look.apps.at(4).runs.empty());
}

TEST_F(DeliveryCausesTest, WhatAnAppDidBeforeItWasDeletedStays) {
  AppRecord web = NewApp("web");
  Record(Pushed("d-1"));
  Found(web, '1');
  Look(1, {web.id});
  NewRun fresh = SomeRun(web, 0, {});
  fresh.snapshot.reset();
  fresh.trigger = RunTrigger::kPrune;
  const auto run = store_->BeginRun(fresh);
  ASSERT_TRUE(run);
  RunOutcome gone = Finished(web);
  gone.forget_app = true;
  gone.snapshot_healthy = false;
  ASSERT_TRUE(store_->FinishRun(*run, gone));
  ASSERT_EQ(List().at(0).look->apps.at(0).runs.size(), 1U);
  EXPECT_EQ(List().at(0).look->apps.at(0).runs.at(0).trigger, RunTrigger::kPrune);
}

TEST_F(DeliveryCausesTest, DeliveriesAreFoundByTheirEvents) {
  for (int i = 1; i <= 3; ++i) {
    NewDelivery fresh = Pushed("d-" + std::to_string(i));
    fresh.event->type = "webhook.accepted";
    Record(fresh);
  }
  NewDelivery quiet = Pushed("d-4");
  quiet.event.reset();
  Record(quiet);
  ASSERT_TRUE(store_->AppendEvents({SomeEvent("other")}));
  const auto events = *store_->ListEvents({});
  ASSERT_EQ(events.size(), 4U);
  const auto found = FindDeliveries(store_.deliveries(), events);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 3U);
  EXPECT_EQ(found->at(events.at(1).id).delivery_id, "d-2");
  const auto last = FindDeliveries(store_.deliveries(), {events.at(2), events.at(3)});
  ASSERT_TRUE(last);
  EXPECT_EQ(last->size(), 1U);
  EXPECT_TRUE(FindDeliveries(store_.deliveries(), {events.at(3)})->empty());
}

}  // namespace
}  // namespace gitops
