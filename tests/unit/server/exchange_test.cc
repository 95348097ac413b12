// What a connection takes of an answer, and in which order.
#include "engine/server/exchange.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

TEST(Exchange, WhatIsWrittenRightAfterTheHeadComesAfterIt) {
  const auto exchange = std::make_shared<Exchange>("r-1", [] {});
  const auto stream = exchange->MakeReply()->Begin({});
  EXPECT_TRUE(stream->Write("one"));
  EXPECT_TRUE(stream->Write("two"));
  stream->Close();
  const Exchange::Taken head = exchange->Take();
  EXPECT_TRUE(head.response);
  EXPECT_TRUE(head.stream);
  EXPECT_EQ(head.bytes, "");
  EXPECT_FALSE(head.ended) << "there is more";
  const Exchange::Taken rest = exchange->Take();
  EXPECT_FALSE(rest.response);
  EXPECT_EQ(rest.bytes, "onetwo");
  EXPECT_TRUE(rest.ended);
}

}  // namespace
}  // namespace gitops
