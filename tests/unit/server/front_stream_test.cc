// Answers that go on.
#include <gmock/gmock.h>

#include "tests/unit/server/front_world.h"

namespace gitops {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

class StreamTest : public FrontWorld {
 protected:
  StreamTest() {
    route->answering = [this](const HttpRequest&, const std::shared_ptr<HttpReply>& reply) {
      HttpResponse head;
      head.headers.Add("Content-Type", "text/event-stream");
      const std::lock_guard lock(mutex_);
      stream_ = reply->Begin(std::move(head));
    };
  }

  /// The stream of the request that was just sent.
  std::shared_ptr<HttpStream> TakeStream() {
    std::shared_ptr<HttpStream> stream;
    Await([&] {
      const std::lock_guard lock(mutex_);
      stream = std::exchange(stream_, nullptr);
      return stream != nullptr;
    });
    return stream;
  }

  static constexpr const char* kRequest = "GET /test HTTP/1.1\r\nHost: a\r\n\r\n";

 private:
  std::mutex mutex_;
  std::shared_ptr<HttpStream> stream_;
};

TEST_F(StreamTest, SendsWhatIsWrittenAndEnds) {
  Start();
  RawClient client = Connect();
  client.Send(kRequest);
  const auto stream = TakeStream();
  ASSERT_TRUE(client.ReadUntil("\r\n\r\n"));
  EXPECT_THAT(client.received(), HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_TRUE(stream->Write("data: 1\n\n"));
  ASSERT_TRUE(client.ReadUntil("9\r\ndata: 1\n\n\r\n"));
  EXPECT_TRUE(stream->Write("data: 2\n\n"));
  ASSERT_TRUE(client.ReadUntil("data: 2\n\n"));
  EXPECT_FALSE(stream->closed());
  stream->Close();
  EXPECT_TRUE(stream->closed());
  EXPECT_FALSE(stream->Write("more"));
  EXPECT_THAT(client.ReadAll(), EndsWith("\r\n0\r\n\r\n"));
  Await([&] { return front->counts().streams == 0; });
}

TEST_F(StreamTest, WhatWasWrittenBeforeTheHeadWasSentFollowsIt) {
  route->answering = [](const HttpRequest&, const std::shared_ptr<HttpReply>& reply) {
    reply->Begin(HttpResponse())->Write("at once");
  };
  Start();
  EXPECT_THAT(Exchange(kRequest), EndsWith("7\r\nat once\r\n0\r\n\r\n"));
}

TEST_F(StreamTest, WhatWasWrittenBeforeTheCloseIsSent) {
  Start();
  RawClient client = Connect();
  client.Send(kRequest);
  auto stream = TakeStream();
  const std::string large(500'000, 'x');
  EXPECT_TRUE(stream->Write(large));
  EXPECT_TRUE(stream->Write("last"));
  stream.reset();  // As good as Close.
  const std::string all = client.ReadAll();
  EXPECT_THAT(all, HasSubstr("last"));
  EXPECT_THAT(all, EndsWith("\r\n0\r\n\r\n"));
  EXPECT_GT(all.size(), large.size());
}

TEST_F(StreamTest, Http10EndsWithTheConnection) {
  Start();
  RawClient client = Connect();
  client.Send("GET /test HTTP/1.0\r\n\r\n");
  const auto stream = TakeStream();
  stream->Write("data: 1\n\n");
  stream->Close();
  const std::string all = client.ReadAll();
  EXPECT_THAT(all, Not(HasSubstr("Transfer-Encoding")));
  EXPECT_THAT(all, EndsWith("\r\n\r\ndata: 1\n\n"));
}

TEST_F(StreamTest, HeadGetsNoStream) {
  Start();
  RawClient client = Connect();
  client.Send("HEAD /test HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto stream = TakeStream();
  EXPECT_THAT(client.ReadAll(), EndsWith("\r\n\r\n"));
  EXPECT_TRUE(stream->closed());
}

TEST_F(StreamTest, NoticesThatTheClientIsGone) {
  Start();
  auto client = std::make_unique<RawClient>(front->ports().front());
  client->Send(kRequest);
  const auto stream = TakeStream();
  ASSERT_TRUE(client->ReadUntil("\r\n\r\n"));
  client.reset();
  Await([&] { return stream->closed(); });
  EXPECT_FALSE(stream->Write("x"));
  EXPECT_EQ(front->counts().dropped_streams, 0);
}

TEST_F(StreamTest, DropsAClientThatDoesNotRead) {
  Start();
  RawClient client(front->ports().front(), 4096);
  client.Send(kRequest);
  const auto stream = TakeStream();
  ASSERT_TRUE(client.ReadUntil("\r\n\r\n"));
  const std::string piece(64 * 1024, 'x');
  std::size_t written = 0;
  while (stream->Write(piece)) {
    written += piece.size();
    ASSERT_LT(written, 64U * 1024 * 1024) << "the bound does not hold";
  }
  EXPECT_TRUE(stream->closed());
  Await([&] { return front->counts().open == 0; });
  EXPECT_EQ(front->counts().dropped_streams, 1);
}

TEST_F(StreamTest, OneWriteOverTheBoundIsADrop) {
  Start();
  RawClient client = Connect();
  client.Send(kRequest);
  const auto stream = TakeStream();
  EXPECT_FALSE(stream->Write(std::string(1024 * 1024 + 1, 'x')));
  EXPECT_TRUE(stream->closed());
}

TEST_F(StreamTest, AStreamIsQuietForAsLongAsItLikes) {
  options.threads = 1;  // So that a served request shows that what came before is over.
  Start();
  const auto served = [&] {
    RawClient other = Connect();
    other.Send("GET /none HTTP/1.1\r\nHost: a\r\n\r\n");
    return other.ReadAnswer().status == 404;
  };
  RawClient client = Connect();
  client.Send(kRequest);
  const auto stream = TakeStream();
  stream->Write("first");
  ASSERT_TRUE(client.ReadUntil("first"));
  RawClient idle = Connect();
  EXPECT_TRUE(served());
  clock.Advance(std::chrono::hours(10));
  EXPECT_TRUE(idle.ServerCloses()) << "this one has no reason to stay";
  EXPECT_TRUE(served());
  EXPECT_FALSE(stream->closed());
  stream->Write("second");
  EXPECT_TRUE(client.ReadUntil("second"));
}

TEST_F(StreamTest, AClientThatStallsInTheMiddleIsGivenUpAtTheDeadline) {
  options.threads = 1;  // So that a served request shows that what came before is over.
  options.limits.idle_timeout = options.send_timeout;
  Start();
  const auto served = [&] {
    RawClient other = Connect();
    other.Send("GET /none HTTP/1.1\r\nHost: a\r\n\r\n");
    return other.ReadAnswer().status == 404;
  };
  RawClient client(front->ports().front(), 4096);
  client.Send(kRequest);
  const auto stream = TakeStream();
  ASSERT_TRUE(client.ReadUntil("\r\n\r\n"));
  // The system takes some megabytes before a write has to wait; from then on time counts. Much less
  // than the bound for waiting bytes is written meanwhile.
  const std::string piece(96 * 1024, 'x');
  for (int i = 0; i < 500 && !stream->closed(); ++i) {
    RawClient idle = Connect();
    ASSERT_TRUE(served());
    stream->Write(piece);
    ASSERT_TRUE(served());
    clock.Advance(options.send_timeout);
    ASSERT_TRUE(idle.ServerCloses()) << "the deadlines have been looked at";
    ASSERT_TRUE(served());
  }
  EXPECT_TRUE(stream->closed());
  EXPECT_EQ(front->counts().dropped_streams, 0) << "it was the time, not the bound";
  Await([&] { return front->counts().streams == 0; });
}

TEST_F(StreamTest, DrainEndsStreams) {
  Start();
  RawClient client = Connect();
  client.Send(kRequest);
  const auto stream = TakeStream();
  ASSERT_TRUE(client.ReadUntil("\r\n\r\n"));
  EXPECT_TRUE(front->Drain(std::chrono::hours(1)));
  EXPECT_TRUE(stream->closed());
  EXPECT_THAT(client.ReadAll(), EndsWith("0\r\n\r\n"));
}

TEST_F(StreamTest, AStreamOutlivesItsFront) {
  Start();
  RawClient client = Connect();
  client.Send(kRequest);
  const auto stream = TakeStream();
  front.reset();
  EXPECT_FALSE(stream->Write("x"));
  EXPECT_TRUE(stream->closed());
}

}  // namespace
}  // namespace gitops
