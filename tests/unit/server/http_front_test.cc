#include "engine/server/http_front.h"

#include <gmock/gmock.h>

#include "engine/server/health_route.h"
#include "tests/unit/server/front_world.h"

namespace gitops {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

using HttpFrontTest = FrontWorld;

TEST_F(HttpFrontTest, AnswersOneRequestAfterAnother) {
  Start();
  RawClient client = Connect();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.Send("GET /test/a%20b?x=1&x=2&y HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    const RawAnswer answer = client.ReadAnswer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "body of 0");
    EXPECT_EQ(answer.Field("Connection"), "");
    EXPECT_EQ(answer.Field("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer.Field("Cache-Control"), "no-store");
    EXPECT_THAT(answer.Field("X-Request-Id"), Not(IsEmpty()));
    EXPECT_EQ(answer.Field("Date"), "Sat, 21 Nov 2026 00:00:00 GMT");
  }
  ASSERT_EQ(route->requests().size(), 3U);
  const HttpHead head = route->requests()[0].head;
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.segments, (std::vector<std::string>{"test", "a b"}));
  EXPECT_EQ(head.query.size(), 3U);
  EXPECT_EQ(head.client_address, "127.0.0.1");
  EXPECT_TRUE(head.from_loopback);
  EXPECT_NE(head.request_id, route->requests()[1].head.request_id);
  EXPECT_EQ(front->counts().requests, 3);
}

TEST_F(HttpFrontTest, ReadsBodiesOfEitherFraming) {
  Start();
  RawClient client = Connect();
  client.Send("POST /test HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(client.ReadAnswer().body, "body of 5");
  client.Send("POST /test HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.Send("3;x=y\r\nabc\r\n");
  client.Send("A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer().body, "body of 13");
  ASSERT_EQ(route->requests().size(), 2U);
  EXPECT_EQ(route->requests()[0].body, "hello");
  EXPECT_EQ(route->requests()[1].body, "abc0123456789");
  EXPECT_EQ(route->requests()[1].head.headers.Count("Trailer"), 0U);
}

TEST_F(HttpFrontTest, ServesPipelinedRequestsInTheirOrder) {
  Start();
  const std::string one = "POST /test HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";
  const std::string two = "POST /test HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxy";
  RawClient client = Connect();
  client.Send(one + two + one);
  EXPECT_EQ(client.ReadAnswer().body, "body of 1");
  EXPECT_EQ(client.ReadAnswer().body, "body of 2");
  EXPECT_EQ(client.ReadAnswer().body, "body of 1");
}

TEST_F(HttpFrontTest, HeadComesAsGetAndIsAnsweredWithoutBody) {
  Start();
  RawClient client = Connect();
  client.Send("HEAD /test HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer(true).Field("Content-Length"), "9");
  client.Send("GET /test HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer().body, "body of 0");
  EXPECT_EQ(route->requests()[0].head.method, "GET");
}

TEST_F(HttpFrontTest, UnknownPathsHaveOneShape) {
  Start();
  for (const char* path : {"/", "/other", "/Test", "/other/test"}) {
    RawClient client = Connect();
    client.Send("GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    const RawAnswer answer = client.ReadAnswer();
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.Field("Content-Type"), "application/problem+json");
    EXPECT_EQ(answer.body,
              "{\"type\":\"about:blank\",\"title\":\"not found\",\"status\":404,\"request_id\":\"" +
                  answer.Field("X-Request-Id") + "\"}\n");
  }
}

TEST_F(HttpFrontTest, AnswersMayComeFromAnyThreadLater) {
  std::vector<std::jthread> threads;
  std::mutex mutex;
  route->answering = [&](const HttpRequest&, std::shared_ptr<HttpReply> reply) {
    const std::lock_guard lock(mutex);
    threads.emplace_back([reply] {
      HttpResponse response;
      response.status = 202;
      reply->Send(response);
      response.status = 409;
      reply->Send(response);  // Only the first one counts.
    });
  };
  Start();
  RawClient client = Connect();
  for (int i = 0; i < 20; ++i) {
    client.Send("GET /test HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.ReadAnswer().status, 202);
  }
  const std::lock_guard lock(mutex);
  EXPECT_EQ(threads.size(), 20U);
}

TEST_F(HttpFrontTest, ARouteThatThrowsIsAnErrorWithoutItsText) {
  route->answering = [](const HttpRequest&, const std::shared_ptr<HttpReply>&) {
    throw std::runtime_error("secret-db-password");
  };
  Start();
  RawClient client = Connect();
  client.Send("GET /test HTTP/1.1\r\nHost: a\r\n\r\n");
  const RawAnswer answer = client.ReadAnswer();
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.head + answer.body, Not(HasSubstr("secret")));
  EXPECT_THAT(answer.body, HasSubstr(answer.Field("X-Request-Id")));
}

TEST_F(HttpFrontTest, AnAdmissionThatThrowsIsAnErrorWithoutItsText) {
  route->admitting = [](const HttpHead&) -> HttpAdmission {
    throw std::runtime_error("secret-db-password");
  };
  Start();
  const std::string answer =
      Exchange("POST /test HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(answer, Not(HasSubstr("secret")));
}

TEST_F(HttpFrontTest, ARouteThatForgetsToAnswerIsAnError) {
  route->answering = [](const HttpRequest&, const std::shared_ptr<HttpReply>&) {};
  Start();
  RawClient client = Connect();
  client.Send("GET /test HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer().status, 500);
}

TEST_F(HttpFrontTest, ALateAnswerFindsNobody) {
  KeptReply kept;
  route->answering = [&](const HttpRequest&, std::shared_ptr<HttpReply> reply) {
    kept.Keep(std::move(reply));
  };
  Start();
  RawClient client = Connect();
  client.Send("GET /test HTTP/1.1\r\nHost: a\r\n\r\n");
  Await([&] { return kept.has_value(); });
  front.reset();
  kept.Send(HttpResponse());
  EXPECT_TRUE(client.ServerCloses());
}

TEST_F(HttpFrontTest, AnAnswerCannotSmuggleFields) {
  route->answering = [](const HttpRequest&, const std::shared_ptr<HttpReply>& reply) {
    HttpResponse response;
    response.headers.Add("Location", "/a\r\nSet-Cookie: b");
    reply->Send(response);
  };
  Start();
  RawClient client = Connect();
  client.Send("GET /test HTTP/1.1\r\nHost: a\r\n\r\n");
  const RawAnswer answer = client.ReadAnswer();
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.head, Not(HasSubstr("Set-Cookie")));
}

TEST_F(HttpFrontTest, Http10IsAnsweredAndClosed) {
  Start();
  EXPECT_THAT(Exchange("GET /test HTTP/1.0\r\n\r\n"), HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_THAT(Exchange("GET /test HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
              HasSubstr("\r\nConnection: close\r\n"));
}

TEST_F(HttpFrontTest, ConnectionCloseIsHeard) {
  Start();
  EXPECT_THAT(Exchange("GET /test HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n"),
              HasSubstr("\r\nConnection: close\r\n"));
}

TEST_F(HttpFrontTest, HealthRoutesAnswerToGetAndHead) {
  std::string missing = "the first pass has not ended";
  auto started = HttpFront::Start(
      options,
      {{"healthz", HealthRoute::Alive()}, {"readyz", HealthRoute::Ready([&] { return missing; })}},
      clock, log);
  ASSERT_TRUE(started);
  front = *std::move(started);
  RawClient client = Connect();
  client.Send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer().body, "ok\n");
  client.Send("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n");
  const RawAnswer not_ready = client.ReadAnswer();
  EXPECT_EQ(not_ready.status, 503);
  EXPECT_THAT(not_ready.body, HasSubstr(missing));
  missing.clear();
  client.Send("HEAD /readyz HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer(true).status, 200);
  client.Send("DELETE /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
  const RawAnswer wrong = client.ReadAnswer();
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.Field("Allow"), "GET, HEAD");
  client.Send("GET /healthz/x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer().status, 404);
}

TEST_F(HttpFrontTest, AnAddressInUseIsAnErrorThatNamesTheKey) {
  Start();
  FrontOptions second = options;
  second.listen = {"127.0.0.1:" + std::to_string(front->ports().front())};
  const auto failed = HttpFront::Start(second, {}, clock, log);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kConflict);
  EXPECT_THAT(failed.error().ToString(), HasSubstr(second.listen[0]));
  EXPECT_THAT(failed.error().primary().hint, HasSubstr("server.listen"));
}

TEST_F(HttpFrontTest, AnUnknownAddressIsAnError) {
  for (const char* address : {"192.0.2.1:0", "no.such.host.invalid:0", "nothing", ":80"}) {
    options.listen = {address};
    const auto failed = HttpFront::Start(options, {}, clock, log);
    ASSERT_FALSE(failed) << address;
    EXPECT_EQ(failed.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(failed.error().ToString(), HasSubstr(address));
  }
}

TEST_F(HttpFrontTest, ListensOnSeveralAddresses) {
  options.listen = {"127.0.0.1:0", "[::1]:0"};
  Start();
  ASSERT_EQ(front->ports().size(), 2U);
  EXPECT_TRUE(RawClient(front->ports()[0]).connected());
}

TEST_F(HttpFrontTest, TellsWhereThisMachineReachesIt) {
  const auto reached = [&](const char* listen, bool too) {
    front.reset();
    options.listen = {listen};
    options.on_loopback_too = too;
    Start();
    return front->loopback();
  };
  const std::string first = reached("127.0.0.1:0", true);
  EXPECT_EQ(first, "127.0.0.1:" + std::to_string(front->ports().front()));
  EXPECT_EQ(front->ports().size(), 1U);
  const std::string any = reached("0.0.0.0:0", true);
  EXPECT_EQ(any, "127.0.0.1:" + std::to_string(front->ports().front()));
  const std::string v6 = reached("[::1]:0", true);
  EXPECT_EQ(v6, "[::1]:" + std::to_string(front->ports().front()));
  front.reset();
  options.listen = {};
  Start();
  ASSERT_EQ(front->ports().size(), 1U) << "of its own, where none of the others is there";
  EXPECT_EQ(front->loopback(), "127.0.0.1:" + std::to_string(front->ports().front()));
}

TEST_F(HttpFrontTest, DrainAnswersWhatIsAskedAndAcceptsNobody) {
  options.threads = 1;  // So that the end of the idle client shows that the other one knows too.
  KeptReply kept;
  route->answering = [&](const HttpRequest&, std::shared_ptr<HttpReply> reply) {
    kept.Keep(std::move(reply));
  };
  Start();
  RawClient idle = Connect();
  RawClient asking = Connect();
  asking.Send("GET /test HTTP/1.1\r\nHost: a\r\n\r\n");
  Await([&] { return front->counts().open == 2 && kept.has_value(); });
  bool drained = false;
  std::jthread draining([&] { drained = front->Drain(std::chrono::hours(1)); });
  EXPECT_TRUE(idle.ServerCloses());
  Await([&] { return !Connect().connected(); });
  kept.Send(HttpResponse());
  const RawAnswer answer = asking.ReadAnswer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.Field("Connection"), "close");
  EXPECT_TRUE(asking.ServerCloses());
  draining.join();
  EXPECT_TRUE(drained);
}

TEST_F(HttpFrontTest, DrainGivesUpAfterItsPatience) {
  KeptReply kept;
  route->answering = [&](const HttpRequest&, std::shared_ptr<HttpReply> reply) {
    kept.Keep(std::move(reply));
  };
  Start();
  RawClient asking = Connect();
  asking.Send("GET /test HTTP/1.1\r\nHost: a\r\n\r\n");
  Await([&] { return kept.has_value(); });
  EXPECT_FALSE(front->Drain(std::chrono::milliseconds(0)));
  front.reset();
  EXPECT_TRUE(asking.ServerCloses());
}

}  // namespace
}  // namespace gitops
