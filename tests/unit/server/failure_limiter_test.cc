#include "engine/server/failure_limiter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gitops {
namespace {

using std::chrono::seconds;

constexpr MonotonicTime kStart{std::chrono::milliseconds(5'000'000)};

TEST(FailureLimiter, RefusesTheEleventhAttemptOfAMinute) {
  FailureLimiter limiter;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(limiter.RefusedFor("a", kStart + seconds(i)), std::nullopt);
    limiter.Failed("a", kStart + seconds(i));
  }
  EXPECT_EQ(limiter.RefusedFor("a", kStart + seconds(10)), seconds(50));
  EXPECT_EQ(limiter.RefusedFor("a", kStart + std::chrono::milliseconds(59'999)), seconds(1));
  EXPECT_EQ(limiter.RefusedFor("a", kStart + seconds(60)), std::nullopt);
  EXPECT_EQ(limiter.RefusedFor("b", kStart + seconds(10)), std::nullopt);
}

TEST(FailureLimiter, ANewMinuteBeginsWithTheNextFailure) {
  FailureLimiter limiter(FailureLimits{2, seconds(60), 10});
  limiter.Failed("a", kStart);
  limiter.Failed("a", kStart + seconds(60));
  EXPECT_EQ(limiter.RefusedFor("a", kStart + seconds(61)), std::nullopt);
  limiter.Failed("a", kStart + seconds(61));
  EXPECT_EQ(limiter.RefusedFor("a", kStart + seconds(61)), seconds(59));
}

TEST(FailureLimiter, SuccessForgets) {
  FailureLimiter limiter(FailureLimits{1, seconds(60), 10});
  limiter.Failed("a", kStart);
  ASSERT_TRUE(limiter.RefusedFor("a", kStart));
  limiter.Succeeded("a");
  limiter.Succeeded("never seen");
  EXPECT_FALSE(limiter.RefusedFor("a", kStart));
  EXPECT_EQ(limiter.keys(), 0U);
}

TEST(FailureLimiter, MemoryIsBoundedAndTheQuietestGoes) {
  FailureLimiter limiter(FailureLimits{1, seconds(60), 3});
  for (const char* key : {"a", "b", "c"}) limiter.Failed(key, kStart);
  limiter.Failed("a", kStart);
  limiter.Failed("d", kStart);
  EXPECT_EQ(limiter.keys(), 3U);
  EXPECT_FALSE(limiter.RefusedFor("b", kStart));
  for (const char* key : {"a", "c", "d"}) EXPECT_TRUE(limiter.RefusedFor(key, kStart)) << key;
  for (int i = 0; i < 1000; ++i) limiter.Failed(std::to_string(i), kStart);
  EXPECT_EQ(limiter.keys(), 3U);
}

TEST(FailureLimiter, ANetworkOfIpv6IsOneClient) {
  EXPECT_EQ(ClientKey("2001:db8:0:1::1"), ClientKey("2001:db8:0:1:ffff::2"));
  EXPECT_NE(ClientKey("2001:db8:0:1::1"), ClientKey("2001:db8:0:2::1"));
  EXPECT_NE(ClientKey("192.0.2.1"), ClientKey("192.0.2.2"));
}

TEST(FailureLimiter, TheAnswerSaysWhenToComeBack) {
  const HttpResponse response = TooManyFailures(seconds(42), "r-1");
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.headers.Find("Retry-After"), "42");
  EXPECT_THAT(response.body, ::testing::HasSubstr("42 s"));
}

}  // namespace
}  // namespace gitops
