// `events`: each delivery and what it caused, as text and as a document.
#include "engine/cli/views/events_text.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/support/fake_services.h"
#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class EventsCommandTest : public testing::Test {
 protected:
  EventsCommandTest() { services_.delivery_store = &store_.deliveries(); }

  void Deliver(DeliveryOutcome outcome = DeliveryOutcome::kAccepted) {
    NewDelivery fresh;
    fresh.delivery.source = "apps";
    fresh.delivery.provider = "github";
    fresh.delivery.kind = "push";
    fresh.delivery.received = At(1000);
    fresh.delivery.outcome = outcome;
    fresh.event = SomeEvent("github push: branch main");
    fresh.event->type = "webhook." + std::string(ToString(outcome));
    fresh.event->source = "apps";
    ASSERT_TRUE(store_.deliveries().RecordDeliveries({fresh}));
  }
  std::string Text() {
    services_.engine.events = *store_->ListEvents({});
    return RunLine(services_, {"events"}).out;
  }
  json Document() {
    services_.engine.events = *store_->ListEvents({});
    return json::parse(RunLine(services_, {"events", "-o", "json"}).out);
  }

  TempStore store_;
  FakeServices services_;
};

TEST_F(EventsCommandTest, ADeliveryShowsItsLookAndTheRunsThatCameOfIt) {
  AppRecord web = NewApp("web");
  const AppRecord idle = NewApp("idle");
  Deliver();
  EXPECT_THAT(Text(), HasSubstr("not yet"));
  ASSERT_TRUE(store_->SaveApps({web, idle}, {}));
  ASSERT_TRUE(
      store_.deliveries().MarkLooked("apps", 1, {"moved to main@1f0c2ab", {web.id, idle.id}}));
  NewRun fresh = SomeRun(web, 0, {});
  fresh.trigger = RunTrigger::kManual;
  const auto run = store_->BeginRun(fresh);
  ASSERT_TRUE(run);
  ASSERT_TRUE(store_->FinishRun(*run, Finished(web, RunStatus::kFailed)));

  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("moved to main@1f0c2ab; 2 apps"));
  EXPECT_THAT(text, testing::ContainsRegex("run +production/web +1 +failed \\(manual\\)"));
  EXPECT_THAT(text, testing::ContainsRegex("app +production/idle +- +no run so far"));
  EXPECT_THAT(text, Not(HasSubstr("not yet")));

  const json delivery = Document()["events"][0]["delivery"];
  EXPECT_EQ(delivery["provider"], "github");
  EXPECT_EQ(delivery["look"]["changed"], 2);
  EXPECT_EQ(delivery["look"]["apps"][0], json::parse(R"({"id": "production/web",
                            "runs": [{"run": 1, "trigger": "manual", "status": "failed"}]})"));
  EXPECT_EQ(delivery["look"]["apps"][1]["runs"], json::array());
}

TEST_F(EventsCommandTest, WhatAsksForNothingCausesNothing) {
  Deliver(DeliveryOutcome::kIgnored);
  EXPECT_THAT(Text(), Not(HasSubstr("look")));
  EXPECT_TRUE(Document()["events"][0]["delivery"]["look"].is_null());
}

TEST_F(EventsCommandTest, OtherEventsAreOfNoDelivery) {
  ASSERT_TRUE(store_->AppendEvents({SomeEvent("something else")}));
  EXPECT_TRUE(Document()["events"][0]["delivery"].is_null());
  services_.delivery_store = nullptr;  // There is no state.
  EXPECT_THAT(Text(), HasSubstr("something else"));
}

}  // namespace
}  // namespace gitops
