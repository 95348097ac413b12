#include "engine/server/request_target.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

using Segments = std::vector<std::string>;
using Query = std::vector<std::pair<std::string, std::string>>;

RequestTarget Read(std::string_view text) {
  RequestTarget target;
  const auto problem = ReadTarget(text, target);
  EXPECT_FALSE(problem) << text << ": " << problem->detail;
  return target;
}

int StatusOf(std::string_view text) {
  RequestTarget target;
  const auto problem = ReadTarget(text, target);
  return problem ? problem->status : 0;
}

TEST(RequestTarget, DecodesSegmentsOnce) {
  EXPECT_EQ(Read("/").segments, Segments());
  EXPECT_EQ(Read("/a/b").segments, (Segments{"a", "b"}));
  EXPECT_EQ(Read("/a%20b/%C3%A9/%2541").segments, (Segments{"a b", "\xC3\xA9", "%41"}));
  EXPECT_EQ(Read("/.../..a/a..").segments, (Segments{"...", "..a", "a.."}));
  EXPECT_EQ(Read("/-._~!$&'()*+,;=:@").segments, Segments{"-._~!$&'()*+,;=:@"});
}

TEST(RequestTarget, DecodesQueries) {
  EXPECT_EQ(Read("/?").query, Query());
  EXPECT_EQ(Read("/?a=1&b=2").query, (Query{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(Read("/?v=tok=en=").query, (Query{{"v", "tok=en="}}));
  EXPECT_EQ(Read("/?a&&b=").query, (Query{{"a", ""}, {"b", ""}}));
  EXPECT_EQ(Read("/?a+b=c%2Bd%26e").query, (Query{{"a b", "c+d&e"}}));
  EXPECT_EQ(Read("/?a=/?:@[x]").query, (Query{{"a", "/?:@[x]"}}));
  EXPECT_EQ(Read("/a?b?c").segments, Segments{"a"});
}

TEST(RequestTarget, RefusesOtherPathsInDisguise) {
  for (const char* text : {"//", "//a", "/a//b", "/a/", "/.", "/..", "/a/../b", "/a/./b", "/%2e",
                           "/%2E%2e", "/.%2e/x", "/a%2fb", "/%2e%2e%2f", "/a%5Cb", "/a\\b"}) {
    EXPECT_EQ(StatusOf(text), 400) << text;
  }
}

TEST(RequestTarget, RefusesWhatIsNoText) {
  for (const char* text : {"/%00",          "/a%0a",   "/%7f",       "/%1b",          "/%",
                           "/%4",           "/%zz",    "/%4z",       "/a%",           "/\xC3\xA9",
                           "/%FF",          "/%C0%AF", "/%ED%A0%80", "/%F4%90%80%80", "/%E0%80%80",
                           "/%F0%80%80%80", "/%C3",    "/a b",       "/a\"",          "/a<",
                           "/a#b",          "/?a=%00", "/?a=%",      "/?%0d%0a=",     "/?a=\xFF",
                           "/?a=\"",        "/?a#b"}) {
    EXPECT_EQ(StatusOf(text), 400) << text;
  }
}

TEST(RequestTarget, RefusesOtherForms) {
  for (const char* text : {"", "*", "a", "http://a/b", "a:80", "?a=b", "HTTP://A/"}) {
    EXPECT_EQ(StatusOf(text), 400) << text;
  }
}

}  // namespace
}  // namespace gitops
