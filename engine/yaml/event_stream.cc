#include "engine/yaml/event_stream.h"

#include "engine/base/check.h"

namespace gitops {
namespace {

TextPlace PlaceOf(const yaml_mark_t& mark) {
  return {static_cast<int>(mark.line) + 1, static_cast<int>(mark.column) + 1};
}

std::string TextOrEmpty(const char* text) { return text == nullptr ? "" : text; }

std::optional<std::string_view> AsView(const yaml_char_t* text) {
  if (text == nullptr) return std::nullopt;
  return reinterpret_cast<const char*>(text);
}

bool IsQuotedOverLines(const YamlEvent& event) {
  const yaml_scalar_style_t style = event.raw.data.scalar.style;
  return event.raw.end_mark.line > event.raw.start_mark.line &&
         (style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE);
}

}  // namespace

std::optional<std::string_view> YamlEvent::Anchor() const {
  switch (raw.type) {
    case YAML_ALIAS_EVENT:
      return AsView(raw.data.alias.anchor);
    case YAML_SCALAR_EVENT:
      return AsView(raw.data.scalar.anchor);
    case YAML_SEQUENCE_START_EVENT:
      return AsView(raw.data.sequence_start.anchor);
    case YAML_MAPPING_START_EVENT:
      return AsView(raw.data.mapping_start.anchor);
    default:
      return std::nullopt;
  }
}

std::optional<std::string_view> YamlEvent::Tag() const {
  switch (raw.type) {
    case YAML_SCALAR_EVENT:
      return AsView(raw.data.scalar.tag);
    case YAML_SEQUENCE_START_EVENT:
      return AsView(raw.data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
      return AsView(raw.data.mapping_start.tag);
    default:
      return std::nullopt;
  }
}

EventStream::EventStream(std::string_view text) : text_(text) {
  CHECK(yaml_parser_initialize(&parser_) == 1);
  yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                               text.size());
}

EventStream::~EventStream() { yaml_parser_delete(&parser_); }

bool EventStream::Next(YamlEvent& event) {
  if (yaml_parser_parse(&parser_, &event.raw) != 1) return false;
  Remember(event);
  return true;
}

void EventStream::Remember(const YamlEvent& event) {
  if (event.IsListEnd() || event.IsMapEnd()) {
    open_.pop_back();
  } else if (event.IsListBegin() || event.IsMapBegin()) {
    const bool flow = event.IsListBegin()
                          ? event.raw.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
                          : event.raw.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
    open_.push_back(flow ? std::optional(PlaceOf(event.raw.start_mark)) : std::nullopt);
  } else if (event.raw.type == YAML_SCALAR_EVENT && IsQuotedOverLines(event)) {
    long_quote_ = PlaceOf(event.raw.start_mark);
    long_quote_end_ = PlaceOf(event.raw.end_mark).line;
  }
}

StreamFailure EventStream::Failure() const {
  if (parser_.error == YAML_MEMORY_ERROR) {
    return {"out of memory", "the YAML reader could not get memory", {}};
  }
  if (parser_.error == YAML_READER_ERROR) {
    return {"not UTF-8 text", TextOrEmpty(parser_.problem), {}};
  }
  SyntaxFailure failure;
  failure.text = text_;
  failure.problem = TextOrEmpty(parser_.problem);
  failure.context = TextOrEmpty(parser_.context);
  failure.noticed = PlaceOf(parser_.problem_mark);
  failure.context_begin = PlaceOf(parser_.context_mark);
  for (const std::optional<TextPlace>& place : open_) {
    if (place) failure.open_flow = place;
  }
  failure.long_quote = long_quote_;
  failure.long_quote_end = long_quote_end_;
  SyntaxProblem problem = ExplainSyntaxFailure(failure);
  return {"YAML syntax error", std::move(problem.detail), problem.place};
}

}  // namespace gitops
