#include "sources/webhook_form.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

TEST(WebhookFormTest, TheTypeIsRecognised) {
  EXPECT_TRUE(IsFormContentType("application/x-www-form-urlencoded"));
  EXPECT_TRUE(IsFormContentType("Application/X-WWW-Form-Urlencoded ; charset=utf-8"));
  EXPECT_FALSE(IsFormContentType("application/json"));
  EXPECT_FALSE(IsFormContentType("application/x-www-form-urlencoded2"));
  EXPECT_FALSE(IsFormContentType(""));
}

TEST(WebhookFormTest, ThePayloadIsDecoded) {
  EXPECT_EQ(DecodePayloadField("payload=%7B%22a%22%3A+1%7d"), "{\"a\": 1}");
  EXPECT_EQ(DecodePayloadField("x=1&payload=a=b&y"), "a=b");
  EXPECT_EQ(DecodePayloadField("payload="), "");
  EXPECT_EQ(DecodePayloadField("payload=%00"), std::string(1, '\0'));
}

TEST(WebhookFormTest, WhatIsUnclearIsNothing) {
  EXPECT_FALSE(DecodePayloadField(""));
  EXPECT_FALSE(DecodePayloadField("payload"));
  EXPECT_FALSE(DecodePayloadField("Payload=1"));
  EXPECT_FALSE(DecodePayloadField("payload=1&payload=2"));
  EXPECT_FALSE(DecodePayloadField("payload=%"));
  EXPECT_FALSE(DecodePayloadField("payload=%4"));
  EXPECT_FALSE(DecodePayloadField("payload=%zz"));
}

}  // namespace
}  // namespace gitops
