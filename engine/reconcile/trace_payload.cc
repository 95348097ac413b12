#include "engine/reconcile/trace_payload.h"

#include <algorithm>

#include "engine/base/digest.h"
#include "engine/model/json_writer.h"

namespace gitops {
namespace {

/// 64-bit integers are texts in the JSON of protocol buffers.
std::string Nanoseconds(WallTime time) {
  return std::to_string(time.time_since_epoch().count()) + "000000";
}

template <std::size_t kSize>
std::string Hex(const std::array<std::uint8_t, kSize>& id) {
  return ToHex(id.data(), id.size());
}

void WriteAttribute(JsonWriter& json, std::string_view key, std::string_view value) {
  json.BeginObject();
  json.Member("key", key);
  json.Key("value");
  json.BeginObject();
  json.Member("stringValue", value);
  json.EndObject();
  json.EndObject();
}

void WriteSpan(JsonWriter& json, const Span& span) {
  constexpr std::int64_t kInternal = 1;
  constexpr std::int64_t kOk = 1;
  constexpr std::int64_t kFailed = 2;
  const bool root = std::all_of(span.parent.begin(), span.parent.end(),
                                [](std::uint8_t byte) { return byte == 0; });
  json.BeginObject();
  json.Member("traceId", Hex(span.trace));
  json.Member("spanId", Hex(span.id));
  if (!root) json.Member("parentSpanId", Hex(span.parent));
  json.Member("name", span.name);
  json.Member("kind", kInternal);
  json.Member("startTimeUnixNano", Nanoseconds(span.start));
  json.Member("endTimeUnixNano", Nanoseconds(span.end));
  json.Key("attributes");
  json.BeginList();
  for (const auto& [key, value] : span.attributes) {
    if (!value.empty()) WriteAttribute(json, key, value);
  }
  json.EndList();
  json.Key("status");
  json.BeginObject();
  json.Member("code", span.failed ? kFailed : kOk);
  json.EndObject();
  json.EndObject();
}

}  // namespace

std::string OtlpTraces(const std::vector<Span>& spans, std::string_view version,
                       std::string_view instance) {
  std::string body;
  JsonWriter json(body, JsonLayout::kCompact);
  json.BeginObject();
  json.Key("resourceSpans");
  json.BeginList();
  json.BeginObject();
  json.Key("resource");
  json.BeginObject();
  json.Key("attributes");
  json.BeginList();
  WriteAttribute(json, "service.name", "tfgrid-compose");
  WriteAttribute(json, "service.version", version);
  WriteAttribute(json, "service.instance.id", instance);
  json.EndList();
  json.EndObject();
  json.Key("scopeSpans");
  json.BeginList();
  json.BeginObject();
  json.Key("scope");
  json.BeginObject();
  json.Member("name", "tfgrid-compose");
  json.EndObject();
  json.Key("spans");
  json.BeginList();
  for (const Span& span : spans) WriteSpan(json, span);
  json.EndList();
  json.EndObject();
  json.EndList();
  json.EndObject();
  json.EndList();
  json.EndObject();
  return body;
}

}  // namespace gitops
