// CheckShape: walks a tree along a shape. Key paths are rendered only for messages, so a file
// without problems costs no allocation per key.
#include <algorithm>
#include <string>
#include <utility>

#include "engine/base/suggest.h"
#include "engine/yaml/shape.h"

namespace gitops {
namespace {

/// More than people read; keeps a file of 100,000 unknown keys from costing minutes and megabytes.
constexpr std::size_t kMostDiagnostics = 100;

/// One step of a key path; lives on the stack of the walk.
struct PathStep {
  const PathStep* parent = nullptr;
  std::string_view key;
  std::size_t index = 0;
  bool is_index = false;

  std::string ToString() const {
    const std::string before = parent == nullptr ? std::string() : parent->ToString();
    if (is_index) return before + "[" + std::to_string(index) + "]";
    if (before.empty()) return std::string(key);
    return before + "." + std::string(key);
  }
};

YamlKind KindOf(const Shape& shape) {
  if (shape.kind == ShapeKind::kList) return YamlKind::kList;
  if (shape.kind == ShapeKind::kMap) return YamlKind::kMap;
  return YamlKind::kScalar;
}

std::string_view ExpectedName(const Shape& shape) {
  switch (shape.kind) {
    case ShapeKind::kText:
      return "text";
    case ShapeKind::kBoolean:
      return "true or false";
    case ShapeKind::kInteger:
      return "integer";
    case ShapeKind::kDuration:
      return "duration";
    case ShapeKind::kSize:
      return "size";
    case ShapeKind::kList:
      return "list";
    case ShapeKind::kMap:
      return "mapping";
    default:
      return "value";
  }
}

std::string Found(const YamlNode& node, const Shape& shape) {
  return shape.sensitive && node.IsScalar() ? "a text" : DescribeNode(node);
}

std::string JoinWords(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) text += (i == 0 ? "" : ", ") + words[i];
  return text;
}

bool IsExtension(std::string_view key) { return key.substr(0, 2) == "x-"; }

const ShapeKey* FindKey(const Shape& shape, std::string_view name) {
  for (const ShapeKey& key : shape.keys) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

/// Where else below `shape` a key of this name is known: "resources.cpu"; "" when nowhere.
std::string FindElsewhere(const Shape& shape, std::string_view name) {
  for (const ShapeKey& key : shape.keys) {
    if (FindKey(key.shape, name) != nullptr) return key.name + "." + std::string(name);
    for (const Shape& alternative : key.shape.inner) {
      if (key.shape.kind == ShapeKind::kOneOf && FindKey(alternative, name) != nullptr) {
        return key.name + "." + std::string(name);
      }
    }
  }
  return "";
}

class Checker {
 public:
  Checker(std::string_view file, const ShapeOptions& options) : file_(file), options_(options) {}

  void Check(const YamlNode& node, const Shape& shape, const PathStep* path);

  /// What was found, in the order of the file.
  Diagnostics TakeDiagnostics() {
    std::stable_sort(diagnostics_.begin(), diagnostics_.end(),
                     [](const Diagnostic& a, const Diagnostic& b) {
                       return std::pair(a.location.line, a.location.column) <
                              std::pair(b.location.line, b.location.column);
                     });
    if (IsFull()) {
      diagnostics_.push_back(
          Diagnostic{Severity::kNote, "more problems",
                     "only the first " + std::to_string(kMostDiagnostics) + " problems are listed",
                     "", diagnostics_.back().location, ""});
    }
    return std::move(diagnostics_);
  }

 private:
  bool IsFull() const { return diagnostics_.size() >= kMostDiagnostics; }
  void CheckText(const YamlNode& node, const Shape& shape, const PathStep* path);
  void CheckNumber(const YamlNode& node, const Shape& shape, const PathStep* path);
  void CheckList(const YamlNode& node, const Shape& shape, const PathStep* path);
  void CheckMap(const YamlNode& node, const Shape& shape, const PathStep* path);
  void CheckOneOf(const YamlNode& node, const Shape& shape, const PathStep* path);
  void CheckUse(const YamlNode::Member& member, const ShapeKey& key, const PathStep& path);
  std::string UnknownKey(const YamlNode::Member& member, const Shape& shape, const PathStep& path);
  void CheckRequired(const YamlNode& node, const Shape& shape, const PathStep* path,
                     const std::vector<std::string>& misspelt);
  void Report(Severity severity, std::string summary, std::string detail, const PathStep* path,
              Location location, std::string hint = "");
  void WrongType(const YamlNode& node, std::string problem, const PathStep* path,
                 std::string hint = "");

  std::string_view file_;
  const ShapeOptions& options_;
  Diagnostics diagnostics_;
};

void Checker::Report(Severity severity, std::string summary, std::string detail,
                     const PathStep* path, Location location, std::string hint) {
  if (IsFull()) return;
  std::string subject = options_.path;
  if (path != nullptr) {
    const std::string rest = path->ToString();
    subject += (subject.empty() || rest.front() == '[' ? "" : ".") + rest;
  }
  diagnostics_.push_back(Diagnostic{severity, std::move(summary), std::move(detail),
                                    std::move(subject), std::move(location), std::move(hint)});
}

void Checker::WrongType(const YamlNode& node, std::string problem, const PathStep* path,
                        std::string hint) {
  Report(Severity::kError, node.IsNull() ? "value missing" : "wrong type", std::move(problem), path,
         node.At(file_), std::move(hint));
}

void Checker::CheckText(const YamlNode& node, const Shape& shape, const PathStep* path) {
  if (!node.IsScalar()) {
    Reading<std::string> reading = ReadText(node);
    WrongType(node, std::move(reading.problem), path, std::move(reading.hint));
    return;
  }
  if (!shape.options.empty()) {
    for (const std::string& option : shape.options) {
      if (node.scalar == option) return;
    }
    Report(Severity::kError, "value not allowed",
           QuoteShort(node.scalar) + " is not one of: " + JoinWords(shape.options), path,
           node.At(file_), SuggestName(node.scalar, shape.options));
    return;
  }
  if (shape.longest != 0 && node.scalar.size() > shape.longest) {
    Report(Severity::kError, "value too large",
           "the text has " + std::to_string(node.scalar.size()) + " bytes: too large, at most " +
               std::to_string(shape.longest) + " are allowed",
           path, node.At(file_));
    return;
  }
  if (shape.check == nullptr) return;
  std::string problem = shape.check(node.scalar);
  if (!problem.empty()) {
    Report(Severity::kError, "value not allowed", std::move(problem), path, node.At(file_));
  }
}

void Checker::CheckNumber(const YamlNode& node, const Shape& shape, const PathStep* path) {
  std::optional<std::int64_t> number;
  std::string problem, hint;
  const auto take = [&](const auto& reading, auto amount) {
    if (reading) {
      number = amount(*reading);
    } else {
      problem = reading.problem, hint = reading.hint;
    }
  };
  const auto show = [&shape](std::int64_t value) {
    if (shape.kind == ShapeKind::kDuration)
      return FormatExactDuration(std::chrono::milliseconds(value));
    if (shape.kind != ShapeKind::kSize) return std::to_string(value);
    return std::to_string(value) + (shape.unit == SizeUnit::kMegabytes ? " MB" : " GB");
  };
  if (shape.kind == ShapeKind::kDuration) {
    take(ReadDuration(node), [](std::chrono::milliseconds value) { return value.count(); });
  } else if (shape.kind == ShapeKind::kSize) {
    take(ReadSize(node, shape.unit), [](const Size& size) { return size.amount; });
  } else {
    take(ReadInteger(node), [](std::int64_t value) { return value; });
  }
  if (!number) {
    WrongType(node, std::move(problem), path, std::move(hint));
    return;
  }
  if ((!shape.min || *number >= *shape.min) && (!shape.max || *number <= *shape.max)) return;
  std::string range = !shape.max   ? "at least " + show(*shape.min)
                      : !shape.min ? "at most " + show(*shape.max)
                                   : show(*shape.min) + " to " + show(*shape.max);
  Report(Severity::kError, "value out of range",
         "found " + QuoteShort(node.scalar) + ", allowed is " + range, path, node.At(file_));
}

void Checker::CheckList(const YamlNode& node, const Shape& shape, const PathStep* path) {
  const auto count = static_cast<std::int64_t>(node.items.size());
  if (!node.IsList() && !node.IsNull()) {
    WrongType(
        node, "list expected, found " + Found(node, shape), path,
        node.IsScalar() && !shape.sensitive ? "write [" + node.scalar.substr(0, 40) + "]" : "");
    return;
  }
  if (shape.min && count < *shape.min) {
    Report(Severity::kError, "too few items",
           count == 0 ? "the list is empty; at least " + std::to_string(*shape.min) + " needed"
                      : "at least " + std::to_string(*shape.min) + " items are needed",
           path, node.At(file_));
  }
  if (shape.max && count > *shape.max) {
    Report(Severity::kError, "too many items",
           "the list has " + std::to_string(count) + " items, at most " +
               std::to_string(*shape.max) + " are allowed",
           path, node.At(file_));
    return;
  }
  for (std::size_t i = 0; i < node.items.size() && !IsFull(); ++i) {
    const PathStep step{path, "", i, true};
    Check(node.items[i], shape.inner.front(), &step);
  }
}

void Checker::CheckUse(const YamlNode::Member& member, const ShapeKey& key, const PathStep& path) {
  const auto location = [&] { return Location{std::string(file_), member.line, member.column}; };
  if (!key.no_effect.empty()) {
    Report(Severity::kNote, "key without effect", key.no_effect, &path, location());
  }
  if (!key.deprecated.empty()) {
    Report(Severity::kNote, "deprecated key", "use instead: " + key.deprecated, &path, location());
  }
}

/// Reports the key and returns the known one that was probably meant, or "".
std::string Checker::UnknownKey(const YamlNode::Member& member, const Shape& shape,
                                const PathStep& path) {
  std::vector<std::string> names;
  for (const ShapeKey& key : shape.keys) names.push_back(key.name);
  const auto nearest = NearestName(member.key, names);
  std::string hint = SuggestName(member.key, names);
  const std::string elsewhere = nearest ? "" : FindElsewhere(shape, member.key);
  if (!elsewhere.empty()) hint = "did you mean \"" + elsewhere + "\"?";
  if (hint.empty()) hint = options_.reference;
  const std::string where = path.parent == nullptr ? options_.path : path.parent->ToString();
  Report(Severity::kError, "unknown key",
         QuoteShort(member.key) + " is no key " +
             (where.empty() ? std::string("at the top level") : "of " + where),
         &path, Location{std::string(file_), member.line, member.column}, std::move(hint));
  return nearest.value_or("");
}

void Checker::CheckRequired(const YamlNode& node, const Shape& shape, const PathStep* path,
                            const std::vector<std::string>& misspelt) {
  for (const ShapeKey& key : shape.keys) {
    if (!key.required || node.Find(key.name) != nullptr) continue;
    bool said_already = false;
    for (const std::string& name : misspelt) said_already = said_already || name == key.name;
    if (said_already) continue;
    const PathStep step{path, key.name, 0, false};
    Report(Severity::kError, "key missing", "\"" + key.name + "\" is required", &step,
           node.At(file_), key.example.empty() ? "" : "add: " + key.name + ": " + key.example);
  }
}

void Checker::CheckMap(const YamlNode& node, const Shape& shape, const PathStep* path) {
  if (!node.IsMap() && !node.IsNull()) {
    WrongType(node, "mapping expected, found " + Found(node, shape), path);
    return;
  }
  if (shape.max && static_cast<std::int64_t>(node.members.size()) > *shape.max) {
    Report(Severity::kError, "too many items",
           "the mapping has " + std::to_string(node.members.size()) + " keys, at most " +
               std::to_string(*shape.max) + " are allowed",
           path, node.At(file_));
    return;
  }
  std::vector<std::string> misspelt;
  for (const YamlNode::Member& member : node.members) {
    if (IsFull()) return;
    const PathStep step{path, member.key, 0, false};
    if (const ShapeKey* key = FindKey(shape, member.key)) {
      CheckUse(member, *key, step);
      Check(member.value, key->shape, &step);
    } else if (IsExtension(member.key)) {
      continue;
    } else if (shape.inner.empty()) {
      misspelt.push_back(UnknownKey(member, shape, step));
    } else {
      const std::string problem = shape.check == nullptr ? "" : shape.check(member.key);
      if (!problem.empty()) {
        Report(Severity::kError, "name not allowed", problem, &step,
               Location{std::string(file_), member.line, member.column});
      }
      Check(member.value, shape.inner.front(), &step);
    }
  }
  CheckRequired(node, shape, path, misspelt);
}

void Checker::CheckOneOf(const YamlNode& node, const Shape& shape, const PathStep* path) {
  for (const Shape& alternative : shape.inner) {
    if (KindOf(alternative) == node.kind) return Check(node, alternative, path);
  }
  std::string expected;
  for (const Shape& alternative : shape.inner) {
    expected += (expected.empty() ? "" : " or ") + std::string(ExpectedName(alternative));
  }
  WrongType(node, expected + " expected, found " + Found(node, shape), path);
}

void Checker::Check(const YamlNode& node, const Shape& shape, const PathStep* path) {
  switch (shape.kind) {
    case ShapeKind::kAny:
      return;
    case ShapeKind::kText:
      return CheckText(node, shape, path);
    case ShapeKind::kBoolean: {
      Reading<bool> reading = ReadBoolean(node);
      if (!reading) WrongType(node, std::move(reading.problem), path, std::move(reading.hint));
      return;
    }
    case ShapeKind::kInteger:
    case ShapeKind::kDuration:
    case ShapeKind::kSize:
      return CheckNumber(node, shape, path);
    case ShapeKind::kList:
      return CheckList(node, shape, path);
    case ShapeKind::kMap:
      return CheckMap(node, shape, path);
    case ShapeKind::kOneOf:
      return CheckOneOf(node, shape, path);
  }
}

}  // namespace

Diagnostics CheckShape(const YamlNode& node, const Shape& shape, std::string_view file,
                       const ShapeOptions& options) {
  Checker checker(file, options);
  checker.Check(node, shape, nullptr);
  return checker.TakeDiagnostics();
}

}  // namespace gitops
