#include "engine/server/metrics_route.h"

#include <gtest/gtest.h>

#include <optional>

namespace gitops {
namespace {

class KeptReply : public HttpReply {
 public:
  void Send(HttpResponse response) override { sent = std::move(response); }
  std::shared_ptr<HttpStream> Begin(HttpResponse) override { return nullptr; }

  std::optional<HttpResponse> sent;
};

HttpHead Get(const std::string& method = "GET") {
  HttpHead head;
  head.method = method;
  head.segments = {"metrics"};
  head.request_id = "r1";
  return head;
}

TEST(MetricsRoute, AnswersInTheFormatTheClientAccepts) {
  MetricRegistry registry;
  registry.Counter({.name = "jobs", .unit = "", .help = "Jobs.", .label_names = {}})
      .With({})
      ->Add(2);
  MetricsRoute route(registry);
  EXPECT_FALSE(route.Admit(Get()).refusal);
  EXPECT_EQ(route.Admit(Get()).body_limit, 0U);
  const auto reply = std::make_shared<KeptReply>();
  route.Answer({.head = Get(), .body = ""}, reply);
  ASSERT_TRUE(reply->sent);
  EXPECT_EQ(reply->sent->status, 200);
  EXPECT_EQ(reply->sent->headers.Find("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(reply->sent->body.find("\njobs_total 2\n"), std::string::npos);

  HttpHead open = Get();
  open.headers.Add("Accept", "application/openmetrics-text; version=1.0.0");
  route.Answer({.head = open, .body = ""}, reply);
  EXPECT_EQ(reply->sent->headers.Find("content-type"),
            "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_NE(reply->sent->body.find("# EOF\n"), std::string::npos);
}

TEST(MetricsRoute, IsOnlyRead) {
  MetricRegistry registry;
  MetricsRoute route(registry);
  const auto refusal = route.Admit(Get("POST")).refusal;
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status, 405);
  EXPECT_EQ(refusal->headers.Find("allow"), "GET, HEAD");
  EXPECT_FALSE(route.Admit(Get("HEAD")).refusal);
}

TEST(MetricsRoute, HasNothingBelow) {
  MetricRegistry registry;
  MetricsRoute route(registry);
  HttpHead head = Get();
  head.segments.emplace_back("secret");
  ASSERT_TRUE(route.Admit(head).refusal);
  EXPECT_EQ(route.Admit(head).refusal->status, 404);
}

}  // namespace
}  // namespace gitops
