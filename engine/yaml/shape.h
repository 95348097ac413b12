// Shape: a table that says what a YAML file may hold: its keys, their types, bounds and meaning.
// One table checks the file (CheckShape), becomes the JSON Schema that editors use
// (engine/yaml/json_schema.h) and is the list of keys in the documentation. Plain values, pure.
//
//   Shape ServerShape() {
//     return MapShape({
//         Key("listen", TextShape().Longest(256)).Required().Doc("Address and port."),
//         Key("mode", WordShape({"fast", "safe"})).Default("safe"),
//         Key("interval", DurationShape(5s, 24h)).Doc("How often."),
//         Key("ports", ListShape(IntegerShape(1, 65535))),
//         Key("labels", FreeMapShape(TextShape())).NoEffect("kept for people"),
//     });
//   }
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/yaml/node.h"
#include "engine/yaml/scalars.h"

namespace gitops {

enum class ShapeKind {
  kAny,       ///< Whatever: not looked into.
  kText,      ///< Any scalar; the text as written.
  kBoolean,   ///< ReadBoolean.
  kInteger,   ///< ReadInteger, within [min, max].
  kDuration,  ///< ReadDuration, within [min, max] milliseconds.
  kSize,      ///< ReadSize, within [min, max] of `unit`.
  kList,
  kMap,
  kOneOf,  ///< One of several that differ in their YAML kind: a scalar, a list, a map.
};

/// Says what is wrong with a text ("may only hold …"), or "" when nothing is.
using TextCheck = std::string (*)(std::string_view text);

struct ShapeKey;

struct Shape {
  ShapeKind kind = ShapeKind::kAny;
  std::optional<std::int64_t> min;  ///< Numbers, durations, sizes; lists: number of items.
  std::optional<std::int64_t> max;  ///< The same; maps: number of keys.
  SizeUnit unit = SizeUnit::kMegabytes;
  std::vector<std::string> options;  ///< kText: the only words that are allowed.
  std::size_t longest = 0;           ///< kText: bytes; 0 is no limit.
  TextCheck check = nullptr;         ///< kText, and the free keys of a map.
  std::string regex;                 ///< The same rule for the JSON Schema (ECMA 262).
  bool sensitive = false;            ///< Messages never quote the text found: it may be a secret.
  std::vector<ShapeKey> keys;        ///< kMap. Keys "x-…" are always free.
  std::vector<Shape> inner;          ///< kList: the item. kMap: the value of free keys, or nothing.
                                     ///< kOneOf: the alternatives.

  /// Limits the length of a text in bytes.
  Shape Longest(std::size_t bytes) &&;
  /// Limits the number of items of a list, or of keys of a map (where `at_least` is not used).
  Shape Items(std::int64_t at_least, std::optional<std::int64_t> at_most = std::nullopt) &&;
  /// Keeps what is found out of messages.
  Shape Sensitive() &&;
  /// Adds a rule for a text (of a map: for its free keys) and the same rule for the JSON Schema.
  Shape Checked(TextCheck rule, std::string schema_regex = "") &&;
};

/// A key of a map. Built with the functions below, each of which returns it.
struct ShapeKey {
  std::string name;
  Shape shape;
  bool required = false;
  std::string doc;         ///< What it means; Markdown, one paragraph.
  std::string unset;       ///< What holds when it is not set, for people: "60s", "the engine's".
  std::string example;     ///< YAML of an example value, for people.
  std::string no_effect;   ///< Not empty: accepted, and a note says that nothing reads it.
  std::string deprecated;  ///< Not empty: works, and a note says what replaces it.

  ShapeKey Required() &&;
  ShapeKey Doc(std::string text) &&;
  ShapeKey Default(std::string text) &&;
  ShapeKey Example(std::string text) &&;
  ShapeKey NoEffect(std::string why) &&;
  ShapeKey Deprecated(std::string instead) &&;
};

ShapeKey Key(std::string name, Shape shape);

Shape AnyShape();
Shape TextShape();
Shape WordShape(std::vector<std::string> options);
Shape BooleanShape();
Shape IntegerShape(std::optional<std::int64_t> min = std::nullopt,
                   std::optional<std::int64_t> max = std::nullopt);
Shape DurationShape(std::chrono::milliseconds min, std::chrono::milliseconds max);
Shape SizeShape(SizeUnit unit, std::int64_t min, std::int64_t max);
Shape ListShape(Shape item);
/// Exactly these keys (and x-…).
Shape MapShape(std::vector<ShapeKey> keys);
/// Any keys, all with values of one shape.
Shape FreeMapShape(Shape value);
/// REQUIRES: no two alternatives are both scalars, both lists or both maps.
Shape OneOfShape(std::vector<Shape> alternatives);

struct ShapeOptions {
  std::string path;       ///< Key path of the node itself, "" for a whole file.
  std::string reference;  ///< Hint for an unknown key without a near one: where keys are listed.
};

/// Compares a tree with a shape and reports *all* problems, in the order of the file: each with the
/// key path as subject ("resources.cpu.min", "environment[2].name"), the place, and the nearest
/// known key or word as hint. Errors are what does not fit; notes are keys without effect and
/// deprecated ones. A list or map without a value ("tags:") counts as empty; a scalar without a
/// value is an error. After 100 diagnostics the search ends with a note.
Diagnostics CheckShape(const YamlNode& node, const Shape& shape, std::string_view file,
                       const ShapeOptions& options = {});

}  // namespace gitops
