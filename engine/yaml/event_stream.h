// EventStream: libyaml over one text, event by event. Owns what libyaml allocates, and remembers of
// the text what tells where a syntax error begins. Private to the reader; one thread at a time.
#pragma once

#include <yaml.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/yaml/syntax_problem.h"

namespace gitops {

/// One libyaml event; freed at the end of its scope.
struct YamlEvent {
  yaml_event_t raw{};

  YamlEvent() = default;
  YamlEvent(const YamlEvent&) = delete;
  YamlEvent& operator=(const YamlEvent&) = delete;
  ~YamlEvent() { yaml_event_delete(&raw); }

  int line() const { return static_cast<int>(raw.start_mark.line) + 1; }
  int column() const { return static_cast<int>(raw.start_mark.column) + 1; }
  bool IsListBegin() const { return raw.type == YAML_SEQUENCE_START_EVENT; }
  bool IsListEnd() const { return raw.type == YAML_SEQUENCE_END_EVENT; }
  bool IsMapBegin() const { return raw.type == YAML_MAPPING_START_EVENT; }
  bool IsMapEnd() const { return raw.type == YAML_MAPPING_END_EVENT; }

  /// The anchor that a value defines or an alias names, and the tag of a value.
  std::optional<std::string_view> Anchor() const;
  std::optional<std::string_view> Tag() const;
};

/// Why there is no next event.
struct StreamFailure {
  std::string summary;
  std::string detail;
  TextPlace place;  ///< Zeros: of the text as a whole.
};

class EventStream {
 public:
  /// `text` is read while this is used, and has to stay.
  explicit EventStream(std::string_view text);
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;
  ~EventStream();

  /// The next event into a fresh one; false when the text cannot be read on: Failure() says why.
  bool Next(YamlEvent& event);
  StreamFailure Failure() const;

 private:
  void Remember(const YamlEvent& event);

  std::string_view text_;
  yaml_parser_t parser_{};
  /// Of the lists and maps that are being read: where a "[" or "{" is, nothing for other styles.
  std::vector<std::optional<TextPlace>> open_;
  std::optional<TextPlace> long_quote_;  ///< Begin of the last quoted text over several lines,
  int long_quote_end_ = 0;               ///< and the line it ends on.
};

}  // namespace gitops
