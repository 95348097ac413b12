#include "engine/server/head_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gitops {
namespace {

using Found = HeadScan::Found;
using ::testing::HasSubstr;

constexpr HeadLimits kSmall{200, 40, 3};

Found Scan(std::string_view bytes, int* status = nullptr) {
  HeadScan scan(kSmall);
  const Found found = scan.Look(bytes);
  if (status != nullptr && found == Found::kRefused) *status = scan.refusal().status;
  return found;
}

int StatusOf(std::string_view bytes) {
  int status = 0;
  return Scan(bytes, &status) == Found::kRefused ? status : 0;
}

TEST(HeadScan, FindsTheEndHoweverBytesCome) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string bytes = head + "GET";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    HeadScan scan(kSmall);
    Found found = Found::kMore;
    std::size_t seen = 0;
    while (found == Found::kMore) {
      ASSERT_LE(seen, head.size());
      seen = std::min(seen + step, bytes.size());
      found = scan.Look(std::string_view(bytes).substr(0, seen));
    }
    EXPECT_EQ(found, Found::kWhole);
    EXPECT_EQ(scan.head_size(), head.size());
  }
}

TEST(HeadScan, RefusesLinesThatDoNotEndWithBothBytes) {
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\n"), 400);
  EXPECT_EQ(StatusOf("\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nA: b\r\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\rA"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nA: b\r\n\n"), 400);
}

TEST(HeadScan, RefusesFoldedAndEmptyFirstLines) {
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nA: b\r\n c\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\n\tA: b\r\n"), 400);
  EXPECT_EQ(StatusOf("\r\nGET / HTTP/1.1\r\n\r\n"), 400);
}

TEST(HeadScan, RefusesControlBytesButTab) {
  for (int byte = 0; byte < 256; ++byte) {
    if (byte == '\r' || byte == '\n') continue;
    const std::string head = std::string("GET / HTTP/1.1\r\nA: ") + static_cast<char>(byte);
    const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7F;
    EXPECT_EQ(StatusOf(head), control ? 400 : 0) << byte;
  }
}

TEST(HeadScan, HoldsTheLineLimitBeforeTheLineEnds) {
  EXPECT_EQ(StatusOf(std::string(40, 'x')), 0);
  EXPECT_EQ(StatusOf(std::string(41, 'x')), 414);
  const std::string start = "GET / HTTP/1.1\r\n";
  EXPECT_EQ(StatusOf(start + std::string(40, 'x')), 0);
  EXPECT_EQ(StatusOf(start + std::string(41, 'x')), 431);
  EXPECT_EQ(StatusOf(start + std::string(38, 'x') + "\r\n"), 0);
  EXPECT_EQ(StatusOf(start + std::string(39, 'x') + "\r\n"), 431);
}

TEST(HeadScan, HoldsTheNumberOfFields) {
  const std::string start = "GET / HTTP/1.1\r\n";
  EXPECT_EQ(Scan(start + "A:\r\nA:\r\nA:\r\n\r\n"), Found::kWhole);
  EXPECT_EQ(StatusOf(start + "A:\r\nA:\r\nA:\r\nA:\r\n"), 431);
}

TEST(HeadScan, HoldsTheWholeHead) {
  HeadScan scan(HeadLimits{100, 40, 50});
  std::string head = "GET / HTTP/1.1\r\n";
  while (head.size() < 100) head += "A: 0123456789\r\n";
  EXPECT_EQ(scan.Look(head.substr(0, 100)), Found::kMore);
  EXPECT_EQ(scan.Look(head.substr(0, 101)), Found::kRefused);
  EXPECT_EQ(scan.refusal().status, 431);
  EXPECT_EQ(scan.Look(head), Found::kRefused) << "it stays refused";
}

TEST(HeadScan, TheLimitsAreThoseOfTheDocumentation) {
  const HeadLimits limits;
  EXPECT_EQ(limits.head_bytes, 65536U);
  EXPECT_EQ(limits.line_bytes, 8192U);
  EXPECT_EQ(limits.fields, 100U);
}

}  // namespace
}  // namespace gitops
