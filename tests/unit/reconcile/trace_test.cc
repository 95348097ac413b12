#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/reconcile/trace_collector.h"
#include "engine/reconcile/trace_exporter.h"
#include "engine/reconcile/trace_payload.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

using ::testing::HasSubstr;

ObservedRun SomeObservedRun(RunStatus status = RunStatus::kSucceeded) {
  return {.run = 12,
          .app = {"production", "web"},
          .source = "apps",
          .revision = {"main", Oid('a')},
          .kind = PlanKind::kApply,
          .trigger = RunTrigger::kSync,
          .status = status,
          .started = At(100),
          .finished = At(103),
          .took = {}};
}

ObservedAction SomeObservedAction(ActionStatus status = ActionStatus::kSucceeded) {
  return {.run = 12,
          .app = {"production", "web"},
          .phase = Phase::kApp,
          .address = "app.setup",
          .status = status,
          .started = At(101),
          .finished = At(102),
          .took = {}};
}

TEST(TraceCollector, StepsHangOnTheirRun) {
  TraceCollector collector("state 1");
  collector.OnActionFinished(SomeObservedAction());
  collector.OnRunFinished(SomeObservedRun());
  const auto spans = collector.Take(10);
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0].trace, spans[1].trace);
  EXPECT_EQ(spans[0].parent, spans[1].id);
  EXPECT_EQ(spans[1].parent, SpanId{});
  EXPECT_NE(spans[0].id, spans[1].id);
  EXPECT_EQ(spans[0].name, "step app.setup");
  EXPECT_EQ(spans[1].name, "run apply");
  EXPECT_EQ(spans[0].end - spans[0].start, std::chrono::seconds(1));
  EXPECT_TRUE(collector.Take(10).empty());
}

TEST(TraceCollector, ARunIsOneTraceAlsoAfterARestartAndAnotherStateHasAnother) {
  const auto trace = [](const std::string& seed) {
    TraceCollector collector(seed);
    collector.OnRunFinished(SomeObservedRun());
    return collector.Take(1).at(0).trace;
  };
  EXPECT_EQ(trace("state 1"), trace("state 1"));
  EXPECT_NE(trace("state 1"), trace("state 2"));
}

TEST(TraceCollector, HoldsSoMany) {
  TraceCollector collector("s", 3);
  for (int i = 0; i < 5; ++i) collector.OnRunFinished(SomeObservedRun());
  EXPECT_EQ(collector.dropped(), 2U);
  EXPECT_EQ(collector.Take(2).size(), 2U);
  EXPECT_EQ(collector.Take(9).size(), 1U);
}

TEST(TraceCollector, ATimeThatJumpedBackMakesNoNegativeSpan) {
  TraceCollector collector("s");
  ObservedRun run = SomeObservedRun();
  run.finished = At(50);
  collector.OnRunFinished(run);
  const Span span = collector.Take(1).at(0);
  EXPECT_EQ(span.start, span.end);
}

TEST(OtlpTraces, IsWhatTheProtocolSays) {
  Span span;
  span.trace.fill(0xAB);
  span.id.fill(0x01);
  span.parent.fill(0x02);
  span.name = "step app.setup";
  span.start = At(100);
  span.end = At(101);
  span.failed = true;
  span.attributes = {{"a", "b"}, {"empty", ""}};
  EXPECT_EQ(OtlpTraces({span}, "1.2.3", "host"),
            R"({"resourceSpans":[{"resource":{"attributes":[)"
            R"({"key":"service.name","value":{"stringValue":"tfgrid-compose"}},)"
            R"({"key":"service.version","value":{"stringValue":"1.2.3"}},)"
            R"({"key":"service.instance.id","value":{"stringValue":"host"}}]},)"
            R"("scopeSpans":[{"scope":{"name":"tfgrid-compose"},"spans":[)"
            R"({"traceId":"abababababababababababababababab","spanId":"0101010101010101",)"
            R"("parentSpanId":"0202020202020202","name":"step app.setup","kind":1,)"
            R"("startTimeUnixNano":"100000000000","endTimeUnixNano":"101000000000",)"
            R"("attributes":[{"key":"a","value":{"stringValue":"b"}}],"status":{"code":2}}]}]}]})");
}

class KeptRequests : public WebClient {
 public:
  Result<WebResponse> Send(const WebRequest& request, std::stop_token) override {
    requests.push_back(request);
    WebResponse response;
    response.status = status;
    return response;
  }
  std::vector<WebRequest> requests;
  int status = 200;
};

class FileNames : public SecretReader {
 public:
  Result<Secret> Read(const SecretRef& ref) override { return Secret("in " + ref.file); }
};

TEST(TraceExporter, SendsToTheConfiguredCollector) {
  TraceCollector collector("s");
  KeptRequests web;
  FileNames secrets;
  Log log(LogLevel::kOff, LogFormat::kText);
  Config config;
  config.otlp.endpoint = "http://127.0.0.1:4318/";
  config.otlp.headers["X-Plain"] = std::string("text");
  config.otlp.headers["Authorization"] = SecretRef{"/otlp.token", ""};
  const TraceExporterParts parts{[&] { return std::make_shared<const Config>(config); },
                                 collector,
                                 secrets,
                                 web,
                                 log,
                                 "1",
                                 "host",
                                 [](RunId) { return std::optional<Delivery>(); }};
  EXPECT_TRUE(ExportTraces(parts, {}));
  EXPECT_TRUE(web.requests.empty());  // Nothing to send.
  collector.OnRunFinished(SomeObservedRun());
  EXPECT_TRUE(ExportTraces(parts, {}));
  ASSERT_EQ(web.requests.size(), 1U);
  EXPECT_EQ(web.requests[0].url.Reveal(), "http://127.0.0.1:4318/v1/traces");
  EXPECT_THAT(web.requests[0].body, HasSubstr("\"name\":\"run apply\""));
  std::string headers;
  for (const auto& [name, value] : web.requests[0].headers) {
    headers += name + "=" + std::string(value.Reveal()) + ";";
  }
  EXPECT_THAT(headers, HasSubstr("Authorization=in /otlp.token;"));
  EXPECT_THAT(headers, HasSubstr("X-Plain=text;"));
  // What is refused is dropped, and without a collector nothing piles up.
  web.status = 503;
  collector.OnRunFinished(SomeObservedRun());
  EXPECT_FALSE(ExportTraces(parts, {}));
  EXPECT_TRUE(collector.Take(9).empty());
  config.otlp.endpoint.clear();
  collector.OnRunFinished(SomeObservedRun());
  EXPECT_TRUE(ExportTraces(parts, {}));
  EXPECT_TRUE(collector.Take(9).empty());
  EXPECT_EQ(web.requests.size(), 2U);
}

TEST(TraceExporter, ATraceBeginsWithTheDeliveryThatItsRunCameOf) {
  TraceCollector collector("s");
  KeptRequests web;
  FileNames secrets;
  Log log(LogLevel::kOff, LogFormat::kText);
  Config config;
  config.otlp.endpoint = "http://127.0.0.1:4318";
  Delivery delivery;
  delivery.id = 7;
  delivery.provider = "github";
  delivery.request_id = "5f0c-0-17";
  delivery.received = At(90);
  std::vector<RunId> asked;
  const TraceExporterParts parts{[&] { return std::make_shared<const Config>(config); },
                                 collector,
                                 secrets,
                                 web,
                                 log,
                                 "1",
                                 "host",
                                 [&](RunId run) {
                                   asked.push_back(run);
                                   return std::optional(delivery);
                                 }};
  collector.OnActionFinished(SomeObservedAction());
  collector.OnRunFinished(SomeObservedRun());
  ASSERT_TRUE(ExportTraces(parts, {}));
  EXPECT_EQ(asked, std::vector<RunId>{12}) << "steps hang on their run";
  const std::string& body = web.requests.at(0).body;
  EXPECT_THAT(body, HasSubstr(R"("name":"delivery","kind":1,"startTimeUnixNano":"90000000000")"));
  EXPECT_THAT(body,
              HasSubstr(R"({"key":"tfgrid_compose.request","value":{"stringValue":"5f0c-0-17"}})"));
}

TEST(TraceCollector, TheDeliveryIsTheRootAndLastsAsLongAsItsRun) {
  TraceCollector collector("s");
  collector.OnActionFinished(SomeObservedAction());
  collector.OnRunFinished(SomeObservedRun(RunStatus::kFailed));
  auto spans = collector.Take(10);
  EXPECT_EQ(spans[0].run, 0);
  ASSERT_EQ(spans[1].run, 12);
  Delivery delivery;
  delivery.received = At(90);
  const Span root = collector.BeginWith(delivery, spans[1]);
  EXPECT_EQ(root.parent, SpanId{});
  EXPECT_EQ(spans[1].parent, root.id);
  EXPECT_EQ(root.trace, spans[1].trace);
  EXPECT_EQ(spans[0].parent, spans[1].id);
  EXPECT_EQ(root.start, At(90));
  EXPECT_EQ(root.end, spans[1].end);
  EXPECT_TRUE(root.failed);
  delivery.received = At(500);  // The clock jumped.
  EXPECT_EQ(collector.BeginWith(delivery, spans[1]).start, spans[1].start);
}

}  // namespace
}  // namespace gitops
