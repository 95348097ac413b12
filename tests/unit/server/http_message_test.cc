#include "engine/server/http_message.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

TEST(HttpHeaders, FindsTheOnlyFieldWithoutCase) {
  const HttpHeaders headers{{"Content-Type", "text/plain"}, {"X-Two", "a"}, {"x-two", "b"}};
  EXPECT_EQ(headers.Find("content-TYPE"), "text/plain");
  EXPECT_EQ(headers.Find("content-typ"), std::nullopt);
  EXPECT_EQ(headers.Find("X-TWO"), std::nullopt) << "which of two is meant cannot be known";
  EXPECT_EQ(headers.Count("X-TWO"), 2U);
  EXPECT_EQ(headers.Count("absent"), 0U);
}

TEST(HttpHead, QueryGivesTheOnlyValue) {
  HttpHead head;
  head.query = {{"a", "1"}, {"b", "2"}, {"b", "3"}, {"", "4"}};
  EXPECT_EQ(head.Query("a"), "1");
  EXPECT_EQ(head.Query("b"), std::nullopt);
  EXPECT_EQ(head.Query("A"), std::nullopt) << "parameters have case";
  EXPECT_EQ(head.Query(""), "4");
}

TEST(ProblemResponse, LeavesOutWhatIsEmpty) {
  const HttpResponse response = ProblemResponse({404, "not found", "", "", ""}, "r-1");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.Find("Content-Type"), "application/problem+json");
  EXPECT_EQ(response.body,
            "{\"type\":\"about:blank\",\"title\":\"not found\",\"status\":404,"
            "\"request_id\":\"r-1\"}\n");
}

TEST(ProblemResponse, SaysEverything) {
  const HttpResponse response =
      ProblemResponse({422, "not valid", "is \"x\"\n", "limit", "use 1 to 100"}, "r-2");
  EXPECT_EQ(response.body,
            "{\"type\":\"about:blank\",\"title\":\"not valid\",\"status\":422,"
            "\"detail\":\"is \\\"x\\\"\\n\",\"field\":\"limit\",\"fix\":\"use 1 to 100\","
            "\"request_id\":\"r-2\"}\n");
}

TEST(ProblemResponse, ReplacesBytesThatAreNoText) {
  const HttpResponse response = ProblemResponse({400, "not valid", "a\xFFz", "", ""}, "r");
  EXPECT_NE(response.body.find("a\xEF\xBF\xBDz"), std::string::npos) << response.body;
}

}  // namespace
}  // namespace gitops
