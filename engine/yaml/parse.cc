#include "engine/yaml/parse.h"

#include <yaml.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/yaml/duplicate_keys.h"
#include "engine/yaml/syntax_problem.h"
#include "engine/yaml/text_scan.h"

namespace gitops {
namespace {

constexpr std::size_t kMostProblems = 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// One libyaml event; freed at the end of its scope.
struct Event {
  yaml_event_t raw{};

  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&raw); }

  int line() const { return static_cast<int>(raw.start_mark.line) + 1; }
  int column() const { return static_cast<int>(raw.start_mark.column) + 1; }
};

std::string_view AsView(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

bool IsNullText(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

/// One step of the key path to the node that is being read; the key lives in its map.
struct PathStep {
  const std::string* key = nullptr;  ///< Null: `index` of a list.
  std::size_t index = 0;
};

TextPlace PlaceOf(const yaml_mark_t& mark) {
  return {static_cast<int>(mark.line) + 1, static_cast<int>(mark.column) + 1};
}

std::string TextOrEmpty(const char* text) { return text == nullptr ? "" : text; }

/// A tag as people write it.
std::string ShortTag(std::string_view tag) {
  constexpr std::string_view kCore = "tag:yaml.org,2002:";
  if (tag.substr(0, kCore.size()) != kCore) return std::string(tag);
  return "!!" + std::string(tag.substr(kCore.size()));
}

/// Drives libyaml through one text and builds the tree. Used once.
class Reader {
 public:
  Reader(std::string_view text, std::string_view file, const YamlLimits& limits)
      : text_(text), file_(file), limits_(limits) {
    CHECK(yaml_parser_initialize(&parser_) == 1);
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { yaml_parser_delete(&parser_); }

  /// Reads the only document into `root`; false when nothing more can be learnt from the text.
  bool ReadStream(YamlNode& root);

  Diagnostics& problems() { return problems_; }

 private:
  bool Next(Event& event);
  bool ReadNode(const Event& event, YamlNode& node, int depth);
  bool ReadScalar(const Event& event, YamlNode& node);
  bool ReadList(YamlNode& node, int depth);
  bool ReadMap(YamlNode& node, int depth);
  bool ReadKey(const Event& event, YamlNode::Member& member, int depth);
  bool CheckAnchorAndTag(const Event& event);
  bool RefuseAlias(const Event& event);
  bool CheckDuplicateKeys(const YamlNode& node);
  bool ReportDuplicate(const YamlNode::Member& first, const YamlNode::Member& second);
  void ReportSyntaxError();

  /// Adds a problem with the key path as subject; false when there are so many that the search
  /// ends.
  bool Report(int line, int column, std::string summary, std::string detail, std::string hint = "");
  std::string KeyPath() const;

  std::string_view text_;
  std::string_view file_;
  YamlLimits limits_;
  yaml_parser_t parser_{};
  std::size_t nodes_ = 0;
  std::vector<std::string> anchors_;       ///< All that were defined so far.
  std::vector<std::string> open_anchors_;  ///< Of the containers that are being read.
  std::vector<PathStep> path_;
  std::vector<TextPlace> open_flows_;    ///< Of the "[" and "{" that are being read.
  std::optional<TextPlace> long_quote_;  ///< Begin of the last quoted text over several lines,
  int long_quote_end_ = 0;               ///< and the line it ends on.
  Diagnostics problems_;
};

std::string Reader::KeyPath() const {
  std::string text;
  for (const PathStep& step : path_) {
    if (step.key == nullptr) {
      text += "[" + std::to_string(step.index) + "]";
    } else {
      text += (text.empty() ? "" : ".") + *step.key;
    }
  }
  return text;
}

bool Reader::Report(int line, int column, std::string summary, std::string detail,
                    std::string hint) {
  problems_.push_back(Diagnostic{Severity::kError, std::move(summary), std::move(detail), KeyPath(),
                                 Location{std::string(file_), line, column}, std::move(hint)});
  return problems_.size() < kMostProblems;
}

bool Reader::Next(Event& event) {
  if (yaml_parser_parse(&parser_, &event.raw) == 1) return true;
  ReportSyntaxError();
  return false;
}

void Reader::ReportSyntaxError() {
  if (parser_.error == YAML_MEMORY_ERROR) {
    Report(0, 0, "out of memory", "the YAML reader could not get memory");
    return;
  }
  if (parser_.error == YAML_READER_ERROR) {
    Report(0, 0, "not UTF-8 text", TextOrEmpty(parser_.problem));
    return;
  }
  SyntaxFailure failure;
  failure.text = text_;
  failure.problem = TextOrEmpty(parser_.problem);
  failure.context = TextOrEmpty(parser_.context);
  failure.noticed = PlaceOf(parser_.problem_mark);
  failure.context_begin = PlaceOf(parser_.context_mark);
  if (!open_flows_.empty()) failure.open_flow = open_flows_.back();
  failure.long_quote = long_quote_;
  failure.long_quote_end = long_quote_end_;
  SyntaxProblem problem = ExplainSyntaxFailure(failure);
  Report(problem.place.line, problem.place.column, "YAML syntax error", std::move(problem.detail));
}

bool Reader::RefuseAlias(const Event& event) {
  const std::string name(AsView(event.raw.data.alias.anchor));
  const auto holds = [&name](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  std::string detail = "the alias *" + name;
  if (holds(open_anchors_)) {
    detail += " contains itself (a cycle)";
  } else if (!holds(anchors_)) {
    detail += " has no anchor &" + name;
  } else {
    detail += " repeats another part of the file";
  }
  return Report(event.line(), event.column(), "aliases are not supported",
                detail + "; aliases are refused", "write the value out");
}

bool Reader::CheckAnchorAndTag(const Event& event) {
  const yaml_char_t* anchor = nullptr;
  const yaml_char_t* tag = nullptr;
  if (event.raw.type == YAML_SCALAR_EVENT) {
    anchor = event.raw.data.scalar.anchor;
    tag = event.raw.data.scalar.tag;
  } else if (event.raw.type == YAML_SEQUENCE_START_EVENT) {
    anchor = event.raw.data.sequence_start.anchor;
    tag = event.raw.data.sequence_start.tag;
  } else if (event.raw.type == YAML_MAPPING_START_EVENT) {
    anchor = event.raw.data.mapping_start.anchor;
    tag = event.raw.data.mapping_start.tag;
  }
  bool go_on = true;
  if (anchor != nullptr) {
    anchors_.emplace_back(AsView(anchor));
    go_on = Report(event.line(), event.column(), "anchors are not supported",
                   "the anchor &" + anchors_.back() + " is refused, as aliases are",
                   "remove it and write repeated values out");
  }
  if (tag != nullptr) {
    go_on = Report(event.line(), event.column(), "tags are not supported",
                   "the tag " + ShortTag(AsView(tag)) + " is refused", "remove the tag") &&
            go_on;
  }
  return go_on;
}

bool Reader::ReadScalar(const Event& event, YamlNode& node) {
  const auto& scalar = event.raw.data.scalar;
  node.kind = YamlKind::kScalar;
  node.scalar.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
  if (event.raw.end_mark.line > event.raw.start_mark.line &&
      (scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
       scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE)) {
    long_quote_ = TextPlace{event.line(), event.column()};
    long_quote_end_ = static_cast<int>(event.raw.end_mark.line) + 1;
  }
  switch (scalar.style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
      node.style = YamlStyle::kQuoted;
      return true;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
      node.style = YamlStyle::kQuoted;
      break;  // Escapes can make what ScanText() does not see.
    case YAML_LITERAL_SCALAR_STYLE:
    case YAML_FOLDED_SCALAR_STYLE:
      node.style = YamlStyle::kBlock;
      return true;
    default:
      node.style = YamlStyle::kPlain;
      if (IsNullText(node.scalar)) node.kind = YamlKind::kNull;
      return true;
  }
  const std::string refused = RefusedCharacter(node.scalar);
  if (refused.empty()) return true;
  return Report(event.line(), event.column(), "control character",
                "an escape makes the control character " + refused, "remove the escape");
}

bool Reader::ReadNode(const Event& event, YamlNode& node, int depth) {
  node.line = event.line();
  node.column = event.column();
  if (++nodes_ > limits_.nodes) {
    Report(node.line, node.column, "too many values",
           "more than " + std::to_string(limits_.nodes) + " values in one file");
    return false;
  }
  if (event.raw.type == YAML_ALIAS_EVENT) return RefuseAlias(event);
  const std::size_t anchors_before = anchors_.size();
  if (!CheckAnchorAndTag(event)) return false;
  if (event.raw.type == YAML_SCALAR_EVENT) return ReadScalar(event, node);
  if (depth >= limits_.depth) {
    Report(node.line, node.column, "nesting too deep",
           "lists and maps may be nested " + std::to_string(limits_.depth) + " deep");
    return false;
  }
  const bool anchored = anchors_.size() > anchors_before;
  const bool list = event.raw.type == YAML_SEQUENCE_START_EVENT;
  const bool flow = list ? event.raw.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
                         : event.raw.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
  if (anchored) open_anchors_.push_back(anchors_.back());
  if (flow) open_flows_.push_back({node.line, node.column});
  const bool go_on = list ? ReadList(node, depth + 1) : ReadMap(node, depth + 1);
  if (flow) open_flows_.pop_back();
  if (anchored) open_anchors_.pop_back();
  return go_on;
}

bool Reader::ReadList(YamlNode& node, int depth) {
  node.kind = YamlKind::kList;
  node.items.reserve(4);
  while (true) {
    Event event;
    if (!Next(event)) return false;
    if (event.raw.type == YAML_SEQUENCE_END_EVENT) return true;
    path_.push_back({nullptr, node.items.size()});
    if (!ReadNode(event, node.items.emplace_back(), depth)) return false;
    path_.pop_back();
  }
}

/// Reads a key; one that is no text is reported, and read to its end.
bool Reader::ReadKey(const Event& event, YamlNode::Member& member, int depth) {
  member.line = event.line();
  member.column = event.column();
  YamlNode key;
  if (!ReadNode(event, key, depth)) return false;
  if (event.raw.type == YAML_ALIAS_EVENT) return true;
  if (key.IsMap() || key.IsList()) {
    return Report(
        member.line, member.column, "key is not a text",
        std::string("a key must be a text, this one is ") + (key.IsMap() ? "a map" : "a list"));
  }
  if (key.scalar.empty()) {
    return Report(member.line, member.column, "key is not a text", "the key is empty");
  }
  if (key.style == YamlStyle::kPlain && key.scalar == "<<") {
    return Report(member.line, member.column, "merge keys are not supported",
                  "\"<<\" would merge another map into this one", "write the keys out");
  }
  member.key = std::move(key.scalar);
  return true;
}

bool Reader::ReadMap(YamlNode& node, int depth) {
  node.kind = YamlKind::kMap;
  node.members.reserve(4);
  while (true) {
    Event key_event;
    if (!Next(key_event)) return false;
    if (key_event.raw.type == YAML_MAPPING_END_EVENT) return CheckDuplicateKeys(node);
    YamlNode::Member& member = node.members.emplace_back();
    if (!ReadKey(key_event, member, depth)) return false;
    path_.push_back({&member.key, 0});
    Event value_event;
    if (!Next(value_event)) return false;
    if (!ReadNode(value_event, member.value, depth)) return false;
    path_.pop_back();
  }
}

bool Reader::ReportDuplicate(const YamlNode::Member& first, const YamlNode::Member& second) {
  path_.push_back({&second.key, 0});
  const bool go_on = Report(second.line, second.column, "duplicate key",
                            "\"" + second.key + "\" stands on line " + std::to_string(first.line) +
                                " and again on line " + std::to_string(second.line),
                            "keep one of the two");
  path_.pop_back();
  return go_on;
}

bool Reader::CheckDuplicateKeys(const YamlNode& node) {
  for (const auto& [first, second] : FindDuplicateKeys(node)) {
    if (!ReportDuplicate(*first, *second)) return false;
  }
  return true;
}

bool Reader::ReadStream(YamlNode& root) {
  bool has_document = false;
  while (true) {
    Event event;
    if (!Next(event)) return false;
    switch (event.raw.type) {
      case YAML_STREAM_END_EVENT:
        if (has_document) return true;
        Report(1, 1, "empty document", "there is nothing in the file but comments or white space");
        return false;
      case YAML_DOCUMENT_START_EVENT: {
        const auto& start = event.raw.data.document_start;
        if (has_document) {
          Report(event.line(), event.column(), "more than one document",
                 "a second YAML document begins here", "keep one document per file");
          return false;
        }
        has_document = true;
        if ((start.version_directive != nullptr ||
             start.tag_directives.start != start.tag_directives.end) &&
            !Report(event.line(), event.column(), "directives are not supported",
                    "lines that begin with % are refused", "remove the line")) {
          return false;
        }
        break;
      }
      case YAML_SCALAR_EVENT:
      case YAML_ALIAS_EVENT:
      case YAML_SEQUENCE_START_EVENT:
      case YAML_MAPPING_START_EVENT:
        if (!ReadNode(event, root, 0)) return false;
        break;
      default:
        break;
    }
  }
}

Error RefuseDirectives(int line, std::string_view file) {
  Diagnostic problem;
  problem.summary = "directives are not supported";
  problem.detail = "lines that begin with % are refused";
  problem.location = Location{std::string(file), line, 1};
  problem.hint = "remove the lines, or indent them when they belong to a text";
  return Error(ErrorKind::kInvalid, std::move(problem));
}

bool Before(const Diagnostic& a, const Diagnostic& b) {
  return std::pair(a.location.line, a.location.column) <
         std::pair(b.location.line, b.location.column);
}

}  // namespace

Result<YamlNode> ParseYaml(std::string_view text, std::string_view file, const YamlLimits& limits) {
  if (text.size() > limits.bytes) {
    Diagnostic problem;
    problem.summary = "file too large";
    problem.detail = "the file has " + std::to_string(text.size()) + " bytes; the size limit is " +
                     std::to_string(limits.bytes);
    problem.location.file = std::string(file);
    return Error(ErrorKind::kInvalid, std::move(problem));
  }
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    text.remove_prefix(kByteOrderMark.size());
  }
  TextScan scan = ScanText(text, file);
  if (!scan.readable) return Error(ErrorKind::kInvalid, std::move(scan.problems));

  if (const int line = FindManyDirectives(text)) return RefuseDirectives(line, file);
  YamlNode root;
  Reader reader(text, file, limits);
  const bool complete = reader.ReadStream(root);
  if (complete && root.IsNull() && reader.problems().empty()) {
    reader.problems().push_back(Diagnostic{Severity::kError, "empty document",
                                           "the document holds no value", "",
                                           Location{std::string(file), 1, 1}, ""});
  }
  Diagnostics problems = std::move(scan.problems);
  problems.insert(problems.end(), std::make_move_iterator(reader.problems().begin()),
                  std::make_move_iterator(reader.problems().end()));
  if (problems.empty()) return root;
  std::stable_sort(problems.begin(), problems.end(), Before);
  return Error(ErrorKind::kInvalid, std::move(problems));
}

}  // namespace gitops
