// Deadlines and shares: a client that is slow, silent or many never costs the others anything.
#include <gmock/gmock.h>

#include "tests/unit/server/front_world.h"

namespace gitops {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class LimitsTest : public FrontWorld {
 protected:
  void ExpectServed() const {
    RawClient client = Connect();
    client.Send("GET /test HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.ReadAnswer().status, 200);
  }

  /// A client whose body of 1,000 bytes has begun to arrive.
  std::unique_ptr<RawClient> BeginBody(const std::string& begin = "abc") const {
    const std::int64_t before = front->counts().bodies;
    auto client = std::make_unique<RawClient>(front->ports().front());
    client->Send("POST /test HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" + begin);
    Await([&] { return front->counts().bodies == before + 1; });
    return client;
  }
};

TEST_F(LimitsTest, AHeadHasFiveSecondsFromItsFirstByte) {
  Start();
  RawClient client = Connect();
  client.Send("GET /te");
  Await([&] { return front->counts().heads == 1; });
  clock.Advance(milliseconds(4'999));
  client.Send("st HTTP/1.1\r\nHost: a\r\n");
  ExpectServed();
  clock.Advance(milliseconds(1));
  const std::string answer = client.ReadAll();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
  EXPECT_THAT(answer, HasSubstr("problem+json"));
  EXPECT_EQ(front->counts().expired, 1);
}

TEST_F(LimitsTest, AHeadInTimeIsServed) {
  Start();
  RawClient client = Connect();
  client.Send("GET /te");
  Await([&] { return front->counts().heads == 1; });
  clock.Advance(milliseconds(4'999));
  client.Send("st HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer().status, 200);
}

TEST_F(LimitsTest, ABodyHasThirtySeconds) {
  options.body_rate = 0;
  Start();
  const auto client = BeginBody();
  clock.Advance(milliseconds(29'999));
  client->Send("defg");
  ExpectServed();
  EXPECT_EQ(front->counts().expired, 0);
  clock.Advance(milliseconds(1));
  EXPECT_THAT(client->ReadAll(), StartsWith("HTTP/1.1 408 "));
}

TEST_F(LimitsTest, ABodyHasToComeAtAKilobyteASecond) {
  Start();
  const auto client = BeginBody();
  clock.Advance(seconds(5));
  ExpectServed();
  EXPECT_EQ(front->counts().expired, 0);
  clock.Advance(milliseconds(1));
  EXPECT_THAT(client->ReadAll(), StartsWith("HTTP/1.1 408 "));
}

TEST_F(LimitsTest, ABodyThatIsFastEnoughGoesOn) {
  options.body_rate = 10;
  Start();
  const auto client = BeginBody(std::string(100, 'x'));
  clock.Advance(milliseconds(10'999));
  ExpectServed();
  EXPECT_EQ(front->counts().expired, 0);
  clock.Advance(milliseconds(1));
  EXPECT_THAT(client->ReadAll(), StartsWith("HTTP/1.1 408 "));
}

TEST_F(LimitsTest, AConnectionWithoutARequestIsClosed) {
  options.threads = 1;  // So that a served request shows that what came before is over.
  Start();
  RawClient fresh = Connect();
  RawClient used = Connect();
  used.Send("GET /test HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(used.ReadAnswer().status, 200);
  Await([&] { return front->counts().open == 2; });
  ExpectServed();
  clock.Advance(milliseconds(59'999));
  ExpectServed();
  EXPECT_EQ(front->counts().expired, 0);
  clock.Advance(milliseconds(1));
  EXPECT_TRUE(fresh.ServerCloses());
  EXPECT_TRUE(used.ServerCloses());
}

TEST_F(LimitsTest, ARouteThatNeverAnswersIsNotWaitedForForEver) {
  KeptReply kept;
  route->answering = [&](const HttpRequest& request, std::shared_ptr<HttpReply> reply) {
    if (request.body == "keep") {
      kept.Keep(std::move(reply));
    } else {
      reply->Send(HttpResponse());
    }
  };
  Start();
  RawClient client = Connect();
  client.Send("POST /test HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nkeep");
  Await([&] { return kept.has_value(); });
  ExpectServed();
  clock.Advance(options.answer_timeout);
  EXPECT_EQ(client.ReadAnswer().status, 503);
  kept.Send(HttpResponse());
  EXPECT_TRUE(client.ServerCloses());
}

TEST_F(LimitsTest, SoManyBodiesArriveAtOnce) {
  options.limits.bodies = 2;
  Start();
  const auto first = BeginBody();
  const auto second = BeginBody();
  RawClient third = Connect();
  third.Send("POST /test HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc");
  const RawAnswer busy = third.ReadAnswer();
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.Field("Retry-After"), "2");
  RawClient whole = Connect();
  whole.Send("POST /test HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_EQ(whole.ReadAnswer().body, "body of 3") << "it needs no place";
  first->Send(std::string(997, 'x'));
  EXPECT_EQ(first->ReadAnswer().body, "body of 1000");
  const auto fourth = BeginBody();
  fourth->Send(std::string(997, 'x'));
  EXPECT_EQ(fourth->ReadAnswer().body, "body of 1000");
}

TEST_F(LimitsTest, OneClientDoesNotTakeAllPlacesForBodies) {
  options.limits.bodies = 64;
  options.limits.bodies_per_client = 3;
  options.trusted_proxies = {*IpNetwork::Parse("127.0.0.1")};
  Start();
  const auto begin = [](const std::string& client) {
    return "POST /test HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: " + client +
           "\r\nContent-Length: 1000\r\n\r\nabc";
  };
  const auto slow = [&](const std::string& client) {
    const std::int64_t before = front->counts().bodies;
    auto body = std::make_unique<RawClient>(front->ports().front());
    body->Send(begin(client));
    Await([&] { return front->counts().bodies == before + 1; });
    return body;
  };
  std::vector<std::unique_ptr<RawClient>> held;
  for (const char* address : {"192.0.2.1", "192.0.2.1", "192.0.2.1"}) held.push_back(slow(address));
  RawClient fourth = Connect();
  fourth.Send(begin("192.0.2.1"));
  const RawAnswer busy = fourth.ReadAnswer();
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.Field("Retry-After"), "2");
  EXPECT_THAT(busy.body, HasSubstr("of this client"));
  // Others have their places, an IPv6 network as one client.
  const auto other = slow("192.0.2.2");
  for (const char* address : {"2001:db8::1", "2001:db8::2", "2001:db8::3"}) {
    held.push_back(slow(address));
  }
  RawClient neighbour = Connect();
  neighbour.Send(begin("2001:db8::4"));
  EXPECT_EQ(neighbour.ReadAnswer().status, 503);
  held.push_back(slow("2001:db8:0:1::1"));
  other->Send(std::string(997, 'x'));
  EXPECT_EQ(other->ReadAnswer().body, "body of 1000");
  // A place that became free is free for the same client.
  held.front()->Send(std::string(997, 'x'));
  EXPECT_EQ(held.front()->ReadAnswer().body, "body of 1000");
  held.push_back(slow("192.0.2.1"));
}

TEST_F(LimitsTest, SixtyFourSlowBodiesOfOneClientKeepNobodyOut) {
  options.trusted_proxies = {*IpNetwork::Parse("127.0.0.1")};
  Start();
  const auto send = [](RawClient& client, const std::string& address, const std::string& begin) {
    client.Send("POST /test HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: " + address +
                "\r\nContent-Length: 1000\r\n\r\n" + begin);
  };
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 64; ++i) {
    slow.push_back(std::make_unique<RawClient>(front->ports().front()));
    send(*slow.back(), "192.0.2.1", "a");
  }
  Await([&] { return front->counts().bodies + front->counts().refused == 64; });
  EXPECT_EQ(front->counts().bodies, options.limits.bodies_per_client);
  RawClient other = Connect();
  send(other, "192.0.2.2", "abc");
  Await([&] { return front->counts().bodies == options.limits.bodies_per_client + 1; });
  other.Send(std::string(997, 'x'));
  EXPECT_EQ(other.ReadAnswer().body, "body of 1000");
}

TEST_F(LimitsTest, FollowsWhatCanChangeWhileItServes) {
  Start();
  ServerSpec spec;
  spec.trusted_proxies = {*IpNetwork::Parse("127.0.0.1")};
  spec.limits.head_timeout = seconds(1);
  spec.limits.head_fields = 2;
  RawClient old = Connect();  // It waits already, with the settings of before.
  old.Send("GET /test HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n");
  EXPECT_EQ(old.ReadAnswer().status, 200);
  EXPECT_EQ(route->heads().back().client_address, "127.0.0.1");
  front->Follow(spec);
  old.Send("GET /test HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n");
  EXPECT_EQ(old.ReadAnswer().status, 200);
  EXPECT_EQ(route->heads().back().client_address, "192.0.2.1");
  RawClient fresh = Connect();
  fresh.Send("GET /test HTTP/1.1\r\nHost: a\r\nX: 1\r\nY: 2\r\n\r\n");
  EXPECT_EQ(fresh.ReadAnswer().status, 431);
  RawClient slow = Connect();
  const std::int64_t heads = front->counts().heads;
  slow.Send("GET /te");
  Await([&] { return front->counts().heads == heads + 1; });
  ExpectServed();
  clock.Advance(seconds(1));
  EXPECT_THAT(slow.ReadAll(), StartsWith("HTTP/1.1 408 "));
}

TEST_F(LimitsTest, AllBodiesTogetherHaveSoMuchMemory) {
  options.limits.body_memory_bytes = 150'000;
  Start();
  const std::string head = "POST /test HTTP/1.1\r\nHost: a\r\nContent-Length: ";
  RawClient first = Connect();
  first.Send(head + "100001\r\n\r\n" + std::string(100'000, 'x'));
  Await([&] { return front->counts().bodies == 1; });
  RawClient second = Connect();
  second.Send(head + "149000\r\n\r\n" + std::string(149'000, 'x'));
  // Whichever asked for too much first has to come back; the other one is served.
  const RawAnswer refused = second.ReadAnswer();
  first.Send("x");
  const RawAnswer other = first.ReadAnswer();
  EXPECT_THAT((std::vector<int>{refused.status, other.status}),
              ::testing::UnorderedElementsAre(200, 503));
  RawClient third = Connect();
  third.Send(head + "149000\r\n\r\n" + std::string(149'000, 'x'));
  EXPECT_EQ(third.ReadAnswer().body, "body of 149000") << "all of it was given back";
}

TEST_F(LimitsTest, TheLongestWaitingMakesRoom) {
  options.threads = 1;
  options.limits.connections = 3;
  Start();
  std::vector<std::unique_ptr<RawClient>> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.push_back(std::make_unique<RawClient>(front->ports().front()));
    Await([&] { return front->counts().accepted == i + 1; });
  }
  waiting[1]->Send("GET /te");
  Await([&] { return front->counts().heads == 1; });
  ExpectServed();
  EXPECT_TRUE(waiting[0]->ServerCloses());
  EXPECT_EQ(front->counts().evicted, 1);
  waiting[1]->Send("st HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(waiting[1]->ReadAnswer().status, 200);
}

TEST_F(LimitsTest, WithNobodyWaitingTheNewOneHasToComeBack) {
  options.threads = 1;
  options.limits.connections = 1;
  KeptReply kept;
  route->answering = [&](const HttpRequest&, std::shared_ptr<HttpReply> reply) {
    kept.Keep(std::move(reply));
  };
  Start();
  RawClient asking = Connect();
  asking.Send("GET /test HTTP/1.1\r\nHost: a\r\n\r\n");
  Await([&] { return kept.has_value(); });
  EXPECT_TRUE(Connect().ServerCloses());
  kept.Send(HttpResponse());
  EXPECT_EQ(asking.ReadAnswer().status, 200);
}

TEST_F(LimitsTest, AnAnswerThatIsNotReadIsGivenUp) {
  route->answering = [](const HttpRequest&, const std::shared_ptr<HttpReply>& reply) {
    HttpResponse response;
    response.body = std::string(64 * 1024 * 1024, 'x');
    reply->Send(std::move(response));
  };
  Start();
  RawClient client(front->ports().front(), 4096);
  client.Send("GET /test HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(client.ReadUntil("\r\n\r\n"));
  clock.Advance(options.send_timeout * 65);
  Await([&] { return front->counts().open == 0; });
  EXPECT_EQ(front->counts().expired, 1);
}

}  // namespace
}  // namespace gitops
