#include "engine/yaml/write.h"

#include <yaml-cpp/emitter.h>

#include <string_view>
#include <utility>

#include "engine/base/check.h"

namespace gitops {
namespace {

bool IsPlainLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '/' || c == ' ' || c == '+' || c == '@' || c == '=' ||
         c == '(' || c == ')' || c == ',' || c == ';' || c == '$' || c == '~' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

/// Words that some YAML reader takes for a boolean or null.
bool IsReservedWord(std::string_view text) {
  static constexpr std::string_view kWords[] = {"true", "false", "yes", "no",  "on",
                                                "off",  "y",     "n",   "null"};
  if (text.size() > 5) return false;
  std::string lower;
  for (const char c : text) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (const std::string_view word : kWords) {
    if (lower == word) return true;
  }
  return false;
}

/// True when a text can stand without quotes and every YAML reader takes it for just that text.
bool IsSafePlainText(std::string_view text) {
  if (text.empty() || IsReservedWord(text)) return false;
  const char first = text.front();
  const bool starts_well = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') ||
                           first == '/' || first == '_' || (first & 0x80) != 0;
  if (!starts_well || text.back() == ' ') return false;
  for (const char c : text) {
    if (!IsPlainLetter(c)) return false;
  }
  return true;
}

/// True when nothing but "|" can hold the text readably and unchanged: lines, no white space at
/// line ends or at the beginning, exactly one newline at the end.
bool IsBlockText(std::string_view text) {
  if (text.size() < 2 || text.back() != '\n' || text[text.size() - 2] == '\n') return false;
  if (text.front() == ' ' || text.front() == '\n' || text.front() == '\t') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\n') || byte == 0x7F) return false;
    if (text[i] == '\n' && i > 0 && text[i - 1] == ' ') return false;
  }
  return true;
}

/// At the beginning of a line these separate documents (YAML 1.2 §9.1.1-9.1.2). A number, boolean
/// or null never begins so, and quotes change nothing of what the text means.
bool LooksLikeDocumentMarker(std::string_view text) {
  return text.starts_with("---") || text.starts_with("...");
}

void EmitText(YAML::Emitter& out, std::string_view text) {
  if (IsSafePlainText(text)) {
    out << std::string(text);
  } else if (IsBlockText(text)) {
    out << YAML::Literal << std::string(text);
  } else {
    out << YAML::DoubleQuoted << std::string(text);
  }
}

void Emit(YAML::Emitter& out, const YamlNode& node) {
  switch (node.kind) {
    case YamlKind::kNull:
      out << YAML::Null;
      return;
    case YamlKind::kScalar:
      if (node.style == YamlStyle::kPlain && !node.scalar.empty() &&
          !LooksLikeDocumentMarker(node.scalar)) {
        out << node.scalar;
      } else {
        EmitText(out, node.scalar);
      }
      return;
    case YamlKind::kList:
      if (node.items.empty()) out << YAML::Flow;
      out << YAML::BeginSeq;
      for (const YamlNode& item : node.items) Emit(out, item);
      out << YAML::EndSeq;
      return;
    case YamlKind::kMap:
      if (node.members.empty()) out << YAML::Flow;
      out << YAML::BeginMap;
      for (const YamlNode::Member& member : node.members) {
        out << YAML::Key;
        if (IsSafePlainText(member.key)) {
          out << member.key;
        } else {
          out << YAML::DoubleQuoted << member.key;
        }
        out << YAML::Value;
        Emit(out, member.value);
      }
      out << YAML::EndMap;
      return;
  }
}

YamlNode Scalar(std::string text, YamlStyle style) {
  YamlNode node;
  node.kind = YamlKind::kScalar;
  node.style = style;
  node.scalar = std::move(text);
  return node;
}

}  // namespace

std::string WriteYaml(const YamlNode& node) {
  YAML::Emitter out;
  out.SetIndent(2);
  Emit(out, node);
  CHECK(out.good());
  std::string text(out.c_str(), out.size());
  if (text.empty() || text.back() != '\n') text += '\n';  // A block at the end brings its own.
  return text;
}

YamlNode YamlText(std::string text) { return Scalar(std::move(text), YamlStyle::kQuoted); }

YamlNode YamlPlain(std::string text) { return Scalar(std::move(text), YamlStyle::kPlain); }

YamlNode YamlNull() { return YamlNode{}; }

YamlNode YamlList(std::vector<YamlNode> items) {
  YamlNode node;
  node.kind = YamlKind::kList;
  node.items = std::move(items);
  return node;
}

YamlNode YamlMap() {
  YamlNode node;
  node.kind = YamlKind::kMap;
  return node;
}

YamlNode& AddMember(YamlNode& map, std::string key, YamlNode value) {
  CHECK(map.IsMap());
  map.members.push_back(YamlNode::Member{std::move(key), 0, 0, std::move(value)});
  return map;
}

}  // namespace gitops
