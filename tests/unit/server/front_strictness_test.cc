// What the front refuses on the wire: forms that smuggle requests, and sizes that exhaust a server.
#include <gmock/gmock.h>

#include "tests/unit/server/front_world.h"

namespace gitops {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using StrictnessTest = FrontWorld;

struct Refused {
  const char* name;
  std::string bytes;
  int status;
};

class RefusedTest : public FrontWorld, public ::testing::WithParamInterface<Refused> {};

TEST_P(RefusedTest, IsAnsweredAndClosed) {
  Start();
  // A second request behind it must never be served: that would be the smuggled one.
  const std::string answer =
      Exchange(GetParam().bytes + "GET /test/smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + std::to_string(GetParam().status) + " "));
  EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nX-Request-Id: "));
  EXPECT_THAT(answer, HasSubstr("application/problem+json"));
  EXPECT_EQ(answer.find("}\nHTTP/"), std::string::npos) << answer;
  EXPECT_TRUE(route->requests().empty());
  RawClient next = Connect();
  next.Send("GET /test HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(next.ReadAnswer().status, 200);
}

std::string Get(const std::string& fields) { return "GET /test HTTP/1.1\r\n" + fields + "\r\n"; }
std::string Post(const std::string& fields, const std::string& body) {
  return "POST /test HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}
std::string Target(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

INSTANTIATE_TEST_SUITE_P(
    Framing, RefusedTest,
    ::testing::Values(
        Refused{"TwoLengths", Post("Content-Length: 3\r\nContent-Length: 5\r\n", "abcde"), 400},
        Refused{"TwoEqualLengths", Post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), 400},
        Refused{"ListOfLengths", Post("Content-Length: 3, 3\r\n", "abc"), 400},
        Refused{"LengthPlus", Post("Content-Length: +3\r\n", "abc"), 400},
        Refused{"LengthMinus", Post("Content-Length: -1\r\n", ""), 400},
        Refused{"LengthHex", Post("Content-Length: 0x3\r\n", "abc"), 400},
        Refused{"LengthEmpty", Post("Content-Length:\r\n", ""), 400},
        Refused{"LengthHuge", Post("Content-Length: 18446744073709551619\r\n", "abc"), 400},
        Refused{"LengthThenChunked",
                Post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        Refused{"ChunkedThenLength",
                Post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"), 400},
        Refused{"TwoCodings",
                Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
                400},
        Refused{"CodingList", Post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400},
        Refused{"CodingIdentity", Post("Transfer-Encoding: identity\r\n", ""), 400},
        Refused{"CodingWithTab",
                Post("Transfer-Encoding: \x0B"
                     "chunked\r\n",
                     "0\r\n\r\n"),
                400},
        Refused{"CodingQuoted", Post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), 400},
        Refused{"CodingInHttp10",
                "POST /test HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        Refused{"ChunkNotHex", Post("Transfer-Encoding: chunked\r\n", "g\r\n"), 400},
        Refused{"ChunkNegative", Post("Transfer-Encoding: chunked\r\n", "-1\r\n"), 400},
        Refused{"ChunkPrefixed", Post("Transfer-Encoding: chunked\r\n", "0x3\r\nabc\r\n"), 400},
        Refused{"ChunkSizeOverflow",
                Post("Transfer-Encoding: chunked\r\n", "10000000000000003\r\nabc\r\n"), 400},
        Refused{"ChunkTooLong", Post("Transfer-Encoding: chunked\r\n", "3\r\nabcX\r\n0\r\n\r\n"),
                400},
        Refused{"ChunkBareLf", Post("Transfer-Encoding: chunked\r\n", "3\nabc\n0\n\n\r\n"), 400},
        Refused{"ChunkExtensionWithLf",
                Post("Transfer-Encoding: chunked\r\n", "3;a=\"\n\"\r\nabc\r\n0\r\n\r\n"), 400},
        Refused{"ChunkExtensionQuoted",
                Post("Transfer-Encoding: chunked\r\n", "3;a=\"b\"\r\nabc\r\n0\r\n\r\n"), 400},
        Refused{"ChunkExtensionQuotedBeyondItsLine",
                Post("Transfer-Encoding: chunked\r\n", "3;a=\"b\r\nabc\r\n"), 400},
        Refused{"ChunkExtensionEndless",
                Post("Transfer-Encoding: chunked\r\n", "3;a=" + std::string(40'000, 'x')), 431},
        Refused{"TrailerEndless",
                Post("Transfer-Encoding: chunked\r\n", "0\r\nA: " + std::string(40'000, 'x')),
                431}),
    [](const auto& row) { return std::string(row.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Head, RefusedTest,
    ::testing::Values(
        Refused{"Http09", "GET /test\r\n\r\n", 400},
        Refused{"NoVersion", "GET /test \r\n\r\n", 400},
        Refused{"Http2", "GET /test HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        Refused{"Http12", "GET /test HTTP/1.2\r\nHost: a\r\n\r\n", 505},
        Refused{"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        Refused{"LowerVersion", "GET /test http/1.1\r\nHost: a\r\n\r\n", 400},
        Refused{"NoMethod", " /test HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Refused{"TwoSpaces", "GET  /test HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Refused{"TabInLine", "GET\t/test HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Refused{"SpaceAfterVersion", "GET /test HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
        Refused{"Trace", "TRACE /test HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Refused{"Connect", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Refused{"BareLf", "GET /test HTTP/1.1\nHost: a\n\n", 400},
        Refused{"BareCr", "GET /test HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400},
        Refused{"ObsFold", Get("Host: a\r\nX: b\r\n c\r\n"), 400},
        Refused{"SpaceBeforeColon", Get("Host : a\r\n"), 400},
        Refused{"SpaceBeforeColonOfLength", Post("Content-Length : 3\r\n", "abc"), 400},
        Refused{"NoColon", Get("Host: a\r\nnonsense\r\n"), 400},
        Refused{"NoName", Get("Host: a\r\n: b\r\n"), 400},
        Refused{"NameWithSpace", Get("Host: a\r\nA B: c\r\n"), 400},
        Refused{"NulByte", Get("Host: a\r\nX: b" + std::string(1, '\0') + "\r\n"), 400},
        Refused{"EmptyLineFirst", "\r\nGET /test HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Refused{"TlsHello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01", 8), 400},
        Refused{"NoHost", Get(""), 400}, Refused{"TwoHosts", Get("Host: a\r\nHost: a\r\n"), 400},
        Refused{"EmptyHost", Get("Host:\r\n"), 400},
        Refused{"HostWithPath", Get("Host: a/b\r\n"), 400},
        Refused{"HostWithUser", Get("Host: u@a\r\n"), 400},
        Refused{"HostWithSpace", Get("Host: a b\r\n"), 400},
        Refused{"HostPort", Get("Host: a:x\r\n"), 400},
        Refused{"HostBracket", Get("Host: [::1\r\n"), 400},
        Refused{"Expectation", Get("Host: a\r\nExpect: 200-ok\r\n"), 417},
        Refused{"Gzip", Post("Content-Length: 3\r\nContent-Encoding: gzip\r\n", "abc"), 415},
        Refused{
            "GzipThenIdentity",
            Post("Content-Length: 3\r\nContent-Encoding: gzip\r\nContent-Encoding: identity\r\n",
                 "abc"),
            415}),
    [](const auto& row) { return std::string(row.param.name); });

INSTANTIATE_TEST_SUITE_P(Path, RefusedTest,
                         ::testing::Values(Refused{"AbsoluteForm", Target("http://a/test"), 400},
                                           Refused{"Asterisk", Target("*"), 400},
                                           Refused{"DotDot", Target("/test/../test"), 400},
                                           Refused{"EncodedDotDot", Target("/test/%2e%2e%2f"), 400},
                                           Refused{"Nul", Target("/test/%00"), 400},
                                           Refused{"BrokenPercent", Target("/test/%zz"), 400},
                                           Refused{"EightBit", Target("/test/\xC3\xA9"), 400},
                                           Refused{"EmptySegment", Target("/test//a"), 400},
                                           Refused{"Fragment", Target("/test#a"), 400}),
                         [](const auto& row) { return std::string(row.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Size, RefusedTest,
    ::testing::Values(
        Refused{"LongTarget", "GET /" + std::string(9'000, 'a'), 414},
        Refused{"LongLineWithoutRequest", std::string(9'000, 'a'), 414},
        Refused{"LongField", "GET /test HTTP/1.1\r\nHost: a\r\nX: " + std::string(9'000, 'a'), 431},
        Refused{"LongName", "GET /test HTTP/1.1\r\nHost: a\r\n" + std::string(9'000, 'a'), 431},
        Refused{"ManyFields",
                [] {
                  std::string head = "GET /test HTTP/1.1\r\nHost: a\r\n";
                  for (int i = 0; i < 100; ++i) head += "A: b\r\n";
                  return head;
                }(),
                431},
        Refused{"LargeHead",
                [] {
                  std::string head = "GET /test HTTP/1.1\r\nHost: a\r\n";
                  for (int i = 0; i < 9; ++i) head += "A: " + std::string(8'000, 'b') + "\r\n";
                  return head;
                }(),
                431},
        Refused{"LengthOverTheLimit", Post("Content-Length: 99999999999\r\n", "abc"), 413},
        Refused{"LengthOneOver", Post("Content-Length: 1048577\r\n", ""), 413},
        Refused{"ChunkOverTheLimit", Post("Transfer-Encoding: chunked\r\n", "100001\r\n"), 413},
        Refused{"ChunksOverTheLimit",
                Post("Transfer-Encoding: chunked\r\n",
                     "FFFFF\r\n" + std::string(0xFFFFF, 'x') + "\r\n2\r\n"),
                413}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(StrictnessTest, ABodyOfExactlyTheLimitIsRead) {
  Start();
  RawClient client = Connect();
  client.Send(Post("Content-Length: 1048576\r\n", std::string(1048576, 'x')));
  EXPECT_EQ(client.ReadAnswer().body, "body of 1048576");
  client.Send(Post("Transfer-Encoding: chunked\r\n",
                   "80000\r\n" + std::string(0x80000, 'x') + "\r\n80000\r\n" +
                       std::string(0x80000, 'y') + "\r\n0\r\n\r\n"));
  EXPECT_EQ(client.ReadAnswer().body, "body of 1048576");
}

TEST_F(StrictnessTest, AHundredFieldsAreRead) {
  Start();
  std::string head = "GET /test HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 99; ++i) head += "A: b\r\n";
  RawClient client = Connect();
  client.Send(head + "\r\n");
  EXPECT_EQ(client.ReadAnswer().status, 200);
}

TEST_F(StrictnessTest, AnEndlessLineIsCutOffEarly) {
  Start();
  for (const char* start : {"", "GET /test HTTP/1.1\r\nX: "}) {
    RawClient client = Connect();
    client.Send(start);
    const std::string piece(64 * 1024, 'a');
    std::size_t sent = 0;
    while (sent < 200'000'000 && client.Send(piece)) sent += piece.size();
    EXPECT_LT(sent, 20'000'000U) << "what the kernel holds, and a little";
    EXPECT_THAT(client.ReadAll(),
                AnyOf(StartsWith("HTTP/1.1 414"), StartsWith("HTTP/1.1 431"), ::testing::Eq("")));
  }
}

TEST_F(StrictnessTest, AnEndlessChunkedBodyIsCutOffAtTheLimit) {
  Start();
  RawClient client = Connect();
  client.Send(Post("Transfer-Encoding: chunked\r\n", ""));
  const std::string piece = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  std::size_t sent = 0;
  while (sent < 300'000'000 && client.Send(piece)) sent += piece.size();
  EXPECT_LT(sent, 30'000'000U);
  EXPECT_TRUE(route->requests().empty());
}

TEST_F(StrictnessTest, AFormOfTenKilobytesIsRead) {
  Start();
  RawClient client = Connect();
  client.Send(Post("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 10240\r\n",
                   "payload=" + std::string(10232, 'a')));
  EXPECT_EQ(client.ReadAnswer().body, "body of 10240");
}

TEST_F(StrictnessTest, FieldsCannotPoseAsTheSocket) {
  Start();
  RawClient client = Connect();
  client.Send(
      Get("Host: a\r\nREMOTE_ADDR: 6.6.6.6\r\nX-Forwarded-For: 6.6.6.6\r\nRange: bytes=0-1\r\n"));
  EXPECT_EQ(client.ReadAnswer().body, "body of 0") << "and Range has no effect";
  EXPECT_EQ(route->heads().front().client_address, "127.0.0.1");
}

TEST_F(StrictnessTest, AProxyThatIsTrustedNamesTheClient) {
  options.trusted_proxies = {*IpNetwork::Parse("127.0.0.0/8")};
  Start();
  RawClient client = Connect();
  client.Send(Get("Host: a\r\nX-Forwarded-For: 6.6.6.6, 192.0.2.7\r\n"));
  EXPECT_EQ(client.ReadAnswer().status, 200);
  EXPECT_EQ(route->heads().front().client_address, "192.0.2.7");
  EXPECT_TRUE(route->heads().front().from_loopback);
}

TEST_F(StrictnessTest, ARefusedAdmissionNeverReadsTheBody) {
  route->admitting = [](const HttpHead& head) -> HttpAdmission {
    return {ProblemResponse({429, "too many", "", "", ""}, head.request_id), 0};
  };
  Start();
  EXPECT_THAT(Exchange(Post("Content-Length: 1000000000\r\n", "abc")),
              StartsWith("HTTP/1.1 429 Too Many Requests\r\n"));
  EXPECT_TRUE(route->requests().empty());
  // Without a body nothing is left to be misread, and the connection goes on.
  RawClient client = Connect();
  for (int i = 0; i < 2; ++i) {
    client.Send(Get("Host: a\r\n"));
    EXPECT_EQ(client.ReadAnswer().status, 429);
  }
}

TEST_F(StrictnessTest, ContinueIsSaidOnlyWhenTheBodyIsWanted) {
  route->admitting = [](const HttpHead& head) -> HttpAdmission {
    if (head.segments.size() > 1) {
      return {ProblemResponse({401, "not authenticated", "", "", ""}, head.request_id), 0};
    }
    return {std::nullopt, 100};
  };
  Start();
  RawClient client = Connect();
  client.Send(Post("Content-Length: 3\r\nExpect: 100-continue\r\n", ""));
  ASSERT_TRUE(client.ReadUntil("HTTP/1.1 100 Continue\r\n\r\n"));
  client.Send("abc");
  EXPECT_EQ(client.ReadAnswer().status, 100);
  EXPECT_EQ(client.ReadAnswer().body, "body of 3");
  client.Send(
      "POST /test/x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer().status, 401);
  RawClient large = Connect();
  large.Send(Post("Content-Length: 101\r\nExpect: 100-continue\r\n", ""));
  EXPECT_EQ(large.ReadAnswer().status, 413);
}

}  // namespace
}  // namespace gitops
