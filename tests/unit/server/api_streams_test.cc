// Server-sent events: what goes on, from where, for whom, and when it ends.
#include <gmock/gmock.h>

#include <fstream>

#include "tests/unit/server/api_client.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

using testing::HasSubstr;
using testing::Not;

class ApiStreamsTest : public ApiTest {
 protected:
  ApiStreamsTest() : token_(world.NewToken(TokenRole::kViewer)) {}

  void Happens(const std::string& message, const std::optional<AppId>& app = std::nullopt) {
    Event event = SomeEvent(message);
    event.app = app;
    ASSERT_TRUE(world.store().AppendEvents({event}));
  }

  const std::string token_;
};

TEST_F(ApiStreamsTest, TellsWhatHappensFromNowOn) {
  Happens("before");
  const ApiAnswerSeen seen = Get("stream", token_);
  ASSERT_EQ(seen.status, 200);
  EXPECT_EQ(seen.Field("Content-Type"), "text/event-stream");
  Happens("one\ntwo");
  seen.stream->AwaitText("\n\n");
  seen.stream->AwaitText("id: 2\nevent: test\ndata: {");
  EXPECT_THAT(seen.stream->text(), HasSubstr("one\\ntwo")) << "data is one line";
  EXPECT_THAT(seen.stream->text(), Not(HasSubstr("before")));
}

TEST_F(ApiStreamsTest, TheFirstEventOfAllIsTold) {
  const ApiAnswerSeen seen = Get("stream", token_);
  Happens("first");
  seen.stream->AwaitText("id: 1\n");
}

TEST_F(ApiStreamsTest, GoesOnBehindTheLastEventId) {
  for (const char* message : {"one", "two", "three"}) Happens(message);
  const ApiAnswerSeen seen = Get("stream", token_, {{"Last-Event-ID", "1"}});
  seen.stream->AwaitText("id: 3\n");
  EXPECT_THAT(seen.stream->text(), HasSubstr("id: 2\n"));
  EXPECT_THAT(seen.stream->text(), Not(HasSubstr("id: 1\n")));
}

TEST_F(ApiStreamsTest, TellsAScopedTokenOfItsAppsOnly) {
  const std::string scoped = world.NewToken(TokenRole::kViewer, "staging/*");
  const ApiAnswerSeen seen = Get("stream", scoped);
  Happens("hidden", AppId{"production", "web"});
  Happens("hidden too");
  Happens("shown", AppId{"staging", "web"});
  seen.stream->AwaitText("shown");
  EXPECT_THAT(seen.stream->text(), Not(HasSubstr("hidden")));
}

TEST_F(ApiStreamsTest, EndsWhenTheTokenIsRevoked) {
  const ApiAnswerSeen seen = Get("stream", token_);
  ASSERT_TRUE(world.tokens().Revoke(1));
  seen.stream->AwaitClosed();
}

TEST_F(ApiStreamsTest, EndsWithTheApi) {
  const ApiAnswerSeen seen = Get("stream", token_);
  world.Restart();
  seen.stream->AwaitClosed();
}

TEST_F(ApiStreamsTest, ALogIsFollowedToTheEndOfItsRun) {
  AppRecord record = NewApp("web");
  ASSERT_TRUE(world.store().SaveApps({record}, {}));
  const Action action = SomeAction("setup");
  const RunId run = *world.store().BeginRun(SomeRun(record, 0, {action}));
  const std::string path = "runs/" + std::to_string(run) + "/log?follow=true";
  std::ofstream log(world.LogPath(run));
  log << "one\ntw" << std::flush;
  const ApiAnswerSeen seen = Get(path, token_);
  seen.stream->AwaitText("id: 4\nevent: log\ndata: \"one\"\n");
  log << "o\nend" << std::flush;
  seen.stream->AwaitText("id: 8\nevent: log\ndata: \"two\"\n");
  EXPECT_FALSE(seen.stream->closed());
  ASSERT_TRUE(world.store().MarkStarted(run, 0));
  ASSERT_TRUE(world.store().MarkFinished(run, 0, Success(action)));
  record.last_run = run;
  ASSERT_TRUE(world.store().FinishRun(run, Finished(record)));
  seen.stream->AwaitClosed();
  EXPECT_THAT(seen.stream->text(), HasSubstr("id: 11\nevent: log\ndata: \"end\"\n"));
  EXPECT_THAT(seen.stream->text(), HasSubstr("event: end\ndata: \"succeeded\"\n"));
  const ApiAnswerSeen again = Get(path, token_, {{"Last-Event-ID", "4"}});
  again.stream->AwaitClosed();
  EXPECT_THAT(again.stream->text(), HasSubstr("\"two\""));
  EXPECT_THAT(again.stream->text(), Not(HasSubstr("\"one\"")));
}

TEST_F(ApiStreamsTest, ThereAreNotTooMany) {
  std::vector<std::shared_ptr<TestStream>> open;
  for (std::size_t i = 0; i < ApiStreams::kMost; ++i) {
    const ApiAnswerSeen seen = Get("stream", token_);
    ASSERT_EQ(seen.status, 200);
    open.push_back(seen.stream);
  }
  EXPECT_EQ(Get("stream", token_).status, 503);
  open.front()->Close();
  // The one that left makes room in the next round.
  while (Get("stream", token_).status != 200) std::this_thread::yield();
}

}  // namespace
}  // namespace gitops
