#include "engine/base/redactor.h"

#include <gtest/gtest.h>

#include <string>

namespace gitops {
namespace {

TEST(RedactorTest, HidesEveryFormOfASecret) {
  const Redactor redactor({Secret("p@ss \"word\"")});
  EXPECT_EQ(redactor.Redact("<p@ss \"word\">"), "<(secret)>");
  EXPECT_EQ(redactor.Redact("<p@ss \\\"word\\\">"), "<(secret)>") << "in JSON";
  EXPECT_EQ(redactor.Redact("<cEBzcyAid29yZCI>"), "<(secret)>") << "base64 without padding";
  EXPECT_EQ(redactor.Redact("<cEBzcyAid29yZCI=>"), "<(secret)=>") << "base64";
  EXPECT_EQ(redactor.Redact("<704073732022776f726422>"), "<(secret)>") << "hex";
  EXPECT_EQ(redactor.Redact("<p%40ss%20%22word%22>"), "<(secret)>") << "percent-encoded";
  EXPECT_EQ(redactor.Redact("<p@ss word>"), "<p@ss word>") << "something else";
}

TEST(RedactorTest, HidesEveryOccurrence) {
  const Redactor redactor({Secret("hunter22")});
  EXPECT_EQ(redactor.Redact("hunter22hunter22 hunter22"), "(secret)(secret) (secret)");
}

TEST(RedactorTest, LongerSecretsComeFirst) {
  const Redactor redactor({Secret("hunter22"), Secret("hunter22-more")});
  EXPECT_EQ(redactor.Redact("x hunter22-more y"), "x (secret) y");
}

TEST(RedactorTest, ASecretThatIsPartOfThePlaceholderDoesNotTearIt) {
  const Redactor redactor({Secret("a-long-value"), Secret("secret")});
  EXPECT_EQ(redactor.Redact("a-long-value secret"), "(secret) (secret)");
}

TEST(RedactorTest, LeavesShortValuesAlone) {
  const Redactor redactor({Secret("yes"), Secret("")});
  EXPECT_EQ(redactor.Redact("yes, of course"), "yes, of course");
  EXPECT_EQ(redactor.longest(), 0U);
}

TEST(RedactorTest, KnowsHowMuchAStreamMustHoldBack) {
  EXPECT_GE(Redactor({Secret("hunter22")}).longest(), std::string("68756e7465723232").size());
}

TEST(RedactorTest, HidesPasswordsAndTokensInUrls) {
  const Redactor redactor;
  EXPECT_EQ(redactor.Redact("clone https://bob:pw@example.org/x.git now"),
            "clone https://(secret)@example.org/x.git now");
  EXPECT_EQ(redactor.Redact("https://ghp_token@example.org/x"), "https://(secret)@example.org/x");
  EXPECT_EQ(redactor.Redact("a https://u:p@one b https://u:p@two"),
            "a https://(secret)@one b https://(secret)@two");
  EXPECT_EQ(redactor.Redact("postgres://u:p@db/x"), "postgres://(secret)@db/x");
}

TEST(RedactorTest, LeavesUrlsWithoutAPasswordAlone) {
  const Redactor redactor;
  for (const char* text : {"ssh://git@example.org/x.git", "https://example.org/@user:name",
                           "https://example.org:8443/x", "see https://example.org, mail a@b:c",
                           "file:///var/lib/x", "://", "https://@host"}) {
    EXPECT_EQ(redactor.Redact(text), text);
  }
}

TEST(EscapeTest, TerminalCodesBecomeVisible) {
  EXPECT_EQ(EscapeControl("\x1b[31mred\x07"), "\\x1b[31mred\\x07");
  EXPECT_EQ(EscapeControl(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(EscapeControl("\r"), "\\x0d");
  EXPECT_EQ(EscapeControl("\x7f"), "\\x7f");
  EXPECT_EQ(EscapeControl("\xc2\x9b[31m"), "\\x9b[31m") << "C1 control sequence introducer";
}

TEST(EscapeTest, BidirectionalOverridesBecomeVisible) {
  EXPECT_EQ(EscapeControl("a\xe2\x80\xae!"), "a\\u202e!");
  EXPECT_EQ(EscapeControl("a\xe2\x81\xa6!"), "a\\u2066!");
}

TEST(EscapeTest, OrdinaryTextStays) {
  EXPECT_EQ(EscapeControl("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xb3\n\tx"),
            "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xb3\n\tx");
  EXPECT_EQ(EscapeLine("a\n\tb"), "a\\n\\tb");
}

TEST(EscapeTest, BrokenUtf8BecomesVisible) {
  EXPECT_EQ(EscapeControl("\xff"), "\\xff");
  EXPECT_EQ(EscapeControl("\xc3"), "\\xc3") << "cut off";
  EXPECT_EQ(EscapeControl("\xc0\x80"), "\\xc0\\x80") << "overlong NUL";
  EXPECT_EQ(EscapeControl("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "surrogate";
  EXPECT_EQ(EscapeControl("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "above U+10FFFF";
  EXPECT_EQ(EscapeControl("\xe2\x82"), "\\xe2\\x82") << "cut off after two of three bytes";
}

}  // namespace
}  // namespace gitops
