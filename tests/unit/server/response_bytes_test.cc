#include "engine/server/response_bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gitops {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string HeadOf(const HttpResponse& response, BodyFraming framing = BodyFraming::kLength,
                   bool close = false) {
  std::string out;
  EXPECT_TRUE(AppendResponseHead(response, {"r-1", "the date", framing, close}, out));
  return out;
}

TEST(ResponseBytes, WritesAllOfTheHead) {
  HttpResponse response;
  response.status = 202;
  response.headers = {{"Content-Type", "text/plain"}};
  response.body = "abc";
  EXPECT_EQ(HeadOf(response),
            "HTTP/1.1 202 Accepted\r\nDate: the date\r\nX-Request-Id: r-1\r\n"
            "Content-Type: text/plain\r\nX-Content-Type-Options: nosniff\r\n"
            "Cache-Control: no-store\r\n"
            "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
            "Referrer-Policy: no-referrer\r\nCross-Origin-Resource-Policy: same-origin\r\n"
            "Content-Length: 3\r\n\r\n");
}

TEST(ResponseBytes, FramesByKind) {
  const HttpResponse response;
  EXPECT_THAT(HeadOf(response, BodyFraming::kChunked, true),
              HasSubstr("Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"));
  EXPECT_THAT(HeadOf(response, BodyFraming::kUntilClose, true),
              Not(HasSubstr("Transfer-Encoding")));
  HttpResponse empty;
  for (const int status : {204, 304}) {
    empty.status = status;
    EXPECT_THAT(HeadOf(empty), Not(HasSubstr("Content-Length")));
  }
}

TEST(ResponseBytes, RoutesChooseSecurityFieldsButNotFraming) {
  HttpResponse response;
  response.headers = {{"cache-control", "max-age=60"}, {"content-length", "99"},
                      {"Transfer-Encoding", "gzip"},   {"Connection", "keep-alive"},
                      {"X-Request-ID", "another"},     {"Date", "never"}};
  const std::string head = HeadOf(response);
  EXPECT_THAT(head, HasSubstr("cache-control: max-age=60\r\n"));
  for (const char* absent : {"no-store", "99", "gzip", "keep-alive", "another", "never"}) {
    EXPECT_THAT(head, Not(HasSubstr(absent)));
  }
}

TEST(ResponseBytes, RefusesWhatWouldBreakTheHead) {
  std::string out;
  const auto fits = [&](const HttpResponse& response) {
    return AppendResponseHead(response, {"r", "d", BodyFraming::kLength, false}, out);
  };
  for (const HttpHeaders& headers :
       {HttpHeaders{{"A", "b\r\nC: d"}}, HttpHeaders{{"A", "b\n"}}, HttpHeaders{{"A b", "c"}},
        HttpHeaders{{"", "c"}}, HttpHeaders{{"A:", "c"}}, HttpHeaders{{"A", std::string(1, '\0')}},
        HttpHeaders{{"A\r\nB", "c"}}}) {
    EXPECT_FALSE(fits({200, headers, ""}));
  }
  EXPECT_FALSE(fits({100, {}, ""}));
  EXPECT_FALSE(fits({0, {}, ""}));
  EXPECT_FALSE(fits({600, {}, ""}));
  EXPECT_EQ(out, "");
  EXPECT_TRUE(fits({299, {}, ""}));
  EXPECT_THAT(out, StartsWith("HTTP/1.1 299 \r\n"));
}

TEST(HttpDate, IsTheFormOfTheStandard) {
  EXPECT_EQ(HttpDate(WallTime(std::chrono::milliseconds(784'111'777'999))),
            "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(HttpDate(WallTime(std::chrono::milliseconds(0))), "Thu, 01 Jan 1970 00:00:00 GMT");
}

}  // namespace
}  // namespace gitops
