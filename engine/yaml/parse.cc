#include "engine/yaml/parse.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "engine/yaml/duplicate_keys.h"
#include "engine/yaml/event_stream.h"
#include "engine/yaml/syntax_problem.h"
#include "engine/yaml/text_scan.h"

namespace gitops {
namespace {

constexpr std::size_t kMostProblems = 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsNullText(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

/// One step of the key path to the node that is being read; the key lives in its map.
struct PathStep {
  const std::string* key = nullptr;  ///< Null: `index` of a list.
  std::size_t index = 0;
};

/// A tag as people write it.
std::string ShortTag(std::string_view tag) {
  constexpr std::string_view kCore = "tag:yaml.org,2002:";
  if (tag.substr(0, kCore.size()) != kCore) return std::string(tag);
  return "!!" + std::string(tag.substr(kCore.size()));
}

/// Builds the tree from the events of one text. Used once.
class Reader {
 public:
  Reader(std::string_view text, std::string_view file, const YamlLimits& limits)
      : events_(text), file_(file), limits_(limits) {}

  /// Reads the only document into `root`; false when nothing more can be learnt from the text.
  bool ReadStream(YamlNode& root);

  Diagnostics& problems() { return problems_; }

 private:
  bool Next(YamlEvent& event);
  bool ReadNode(const YamlEvent& event, YamlNode& node, int depth);
  bool ReadScalar(const YamlEvent& event, YamlNode& node);
  bool ReadList(YamlNode& node, int depth);
  bool ReadMap(YamlNode& node, int depth);
  bool ReadKey(const YamlEvent& event, YamlNode::Member& member, int depth);
  bool CheckAnchorAndTag(const YamlEvent& event);
  bool RefuseAlias(const YamlEvent& event);
  bool CheckDuplicateKeys(const YamlNode& node);
  bool ReportDuplicate(const YamlNode::Member& first, const YamlNode::Member& second);

  /// Adds a problem with the key path as subject; false when there are so many that the search
  /// ends.
  bool Report(int line, int column, std::string summary, std::string detail, std::string hint = "");
  std::string KeyPath() const;

  EventStream events_;
  std::string_view file_;
  YamlLimits limits_;
  std::size_t nodes_ = 0;
  std::vector<std::string> anchors_;       ///< All that were defined so far.
  std::vector<std::string> open_anchors_;  ///< Of the containers that are being read.
  std::vector<PathStep> path_;
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

bool Reader::Next(YamlEvent& event) {
  if (events_.Next(event)) return true;
  StreamFailure failure = events_.Failure();
  Report(failure.place.line, failure.place.column, std::move(failure.summary),
         std::move(failure.detail));
  return false;
}

bool Reader::RefuseAlias(const YamlEvent& event) {
  const std::string name(event.Anchor().value_or(""));
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

bool Reader::CheckAnchorAndTag(const YamlEvent& event) {
  bool go_on = true;
  if (const auto anchor = event.Anchor()) {
    anchors_.emplace_back(*anchor);
    go_on = Report(event.line(), event.column(), "anchors are not supported",
                   "the anchor &" + anchors_.back() + " is refused, as aliases are",
                   "remove it and write repeated values out");
  }
  if (const auto tag = event.Tag()) {
    go_on = Report(event.line(), event.column(), "tags are not supported",
                   "the tag " + ShortTag(*tag) + " is refused", "remove the tag") &&
            go_on;
  }
  return go_on;
}

bool Reader::ReadScalar(const YamlEvent& event, YamlNode& node) {
  const auto& scalar = event.raw.data.scalar;
  node.kind = YamlKind::kScalar;
  node.scalar.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
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

bool Reader::ReadNode(const YamlEvent& event, YamlNode& node, int depth) {
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
  if (anchored) open_anchors_.push_back(anchors_.back());
  const bool go_on = event.IsListBegin() ? ReadList(node, depth + 1) : ReadMap(node, depth + 1);
  if (anchored) open_anchors_.pop_back();
  return go_on;
}

bool Reader::ReadList(YamlNode& node, int depth) {
  node.kind = YamlKind::kList;
  node.items.reserve(4);
  while (true) {
    YamlEvent event;
    if (!Next(event)) return false;
    if (event.IsListEnd()) return true;
    path_.push_back({nullptr, node.items.size()});
    if (!ReadNode(event, node.items.emplace_back(), depth)) return false;
    path_.pop_back();
  }
}

/// Reads a key; one that is no text is reported, and read to its end.
bool Reader::ReadKey(const YamlEvent& event, YamlNode::Member& member, int depth) {
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
    YamlEvent key_event;
    if (!Next(key_event)) return false;
    if (key_event.IsMapEnd()) return CheckDuplicateKeys(node);
    YamlNode::Member& member = node.members.emplace_back();
    if (!ReadKey(key_event, member, depth)) return false;
    path_.push_back({&member.key, 0});
    YamlEvent value_event;
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
    YamlEvent event;
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
