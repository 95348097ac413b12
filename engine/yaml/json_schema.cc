#include "engine/yaml/json_schema.h"

#include <cstdio>
#include <utility>
#include <vector>

namespace gitops {
namespace {

constexpr std::string_view kDurationRegex = "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$";
constexpr std::string_view kSizeRegex = "^(0|[1-9][0-9]*) ?[KkMmGgTt]([Ii]?[Bb]?)$";

std::string Quoted(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
      json += code;
    } else {
      json += c;
    }
  }
  return json + "\"";
}

/// A JSON object under construction: members in the order in which they are added.
class Object {
 public:
  Object& Add(std::string_view name, std::string json) {
    members_.emplace_back(name, std::move(json));
    return *this;
  }
  Object& AddText(std::string_view name, std::string_view text) { return Add(name, Quoted(text)); }

  std::string Render() const {
    if (members_.empty()) return "{}";
    std::string json = "{\n";
    for (std::size_t i = 0; i < members_.size(); ++i) {
      json += Indented(Quoted(members_[i].first) + ": " + members_[i].second);
      json += i + 1 < members_.size() ? ",\n" : "\n";
    }
    return json + "}";
  }

 private:
  static std::string Indented(std::string_view json) {
    std::string result = "  ";
    for (const char c : json) {
      result += c;
      if (c == '\n') result += "  ";
    }
    return result;
  }

  std::vector<std::pair<std::string, std::string>> members_;
};

std::string Array(const std::vector<std::string>& items) {
  std::string json = "[";
  for (std::size_t i = 0; i < items.size(); ++i) json += (i == 0 ? "" : ", ") + items[i];
  return json + "]";
}

std::string Describe(const ShapeKey& key) {
  std::string text = key.doc;
  const auto add = [&text](std::string sentence) {
    text += (text.empty() ? "" : " ") + std::move(sentence);
  };
  if (!key.unset.empty()) add("Default: " + key.unset + ".");
  if (!key.no_effect.empty()) add("Accepted without effect: " + key.no_effect + ".");
  if (!key.deprecated.empty()) add("Deprecated; use instead: " + key.deprecated + ".");
  return text;
}

void AddShape(Object& object, const Shape& shape);

std::string SchemaOf(const Shape& shape) {
  Object object;
  AddShape(object, shape);
  return object.Render();
}

void AddBounds(Object& object, const Shape& shape, std::string_view min, std::string_view max) {
  if (shape.min) object.Add(min, std::to_string(*shape.min));
  if (shape.max) object.Add(max, std::to_string(*shape.max));
}

void AddText(Object& object, const Shape& shape) {
  if (!shape.options.empty()) {
    std::vector<std::string> words;
    for (const std::string& option : shape.options) words.push_back(Quoted(option));
    object.Add("enum", Array(words));
    return;
  }
  // A plain scalar that looks like a number stays a text here (version: 1.10), so editors must not
  // complain about it.
  object.Add("type", R"(["string", "number", "boolean"])");
  if (!shape.regex.empty()) object.AddText("pattern", shape.regex);
  if (shape.longest != 0) object.Add("maxLength", std::to_string(shape.longest));
}

void AddMap(Object& object, const Shape& shape) {
  Object properties;
  std::vector<std::string> required;
  for (const ShapeKey& key : shape.keys) {
    Object property;
    const std::string description = Describe(key);
    if (!description.empty()) property.AddText("description", description);
    if (!key.deprecated.empty()) property.Add("deprecated", "true");
    AddShape(property, key.shape);
    properties.Add(key.name, property.Render());
    if (key.required) required.push_back(Quoted(key.name));
  }
  object.Add("type", required.empty() ? R"(["object", "null"])" : R"("object")");
  if (!shape.keys.empty()) object.Add("properties", properties.Render());
  if (!required.empty()) object.Add("required", Array(required));
  if (shape.max) object.Add("maxProperties", std::to_string(*shape.max));
  object.Add("patternProperties", Object().Add("^x-", "true").Render());
  if (shape.inner.empty()) {
    object.Add("additionalProperties", "false");
    return;
  }
  if (!shape.regex.empty()) {
    object.Add("propertyNames", Object().AddText("pattern", "^x-|" + shape.regex).Render());
  }
  object.Add("additionalProperties", SchemaOf(shape.inner.front()));
}

void AddShape(Object& object, const Shape& shape) {
  switch (shape.kind) {
    case ShapeKind::kAny:
      return;
    case ShapeKind::kText:
      return AddText(object, shape);
    case ShapeKind::kBoolean:
      object.AddText("type", "boolean");
      return;
    case ShapeKind::kInteger:
      object.AddText("type", "integer");
      AddBounds(object, shape, "minimum", "maximum");
      return;
    case ShapeKind::kDuration:
      object.AddText("type", "string").AddText("pattern", kDurationRegex);
      return;
    case ShapeKind::kSize:
      object.Add("type", R"(["integer", "string"])").AddText("pattern", kSizeRegex);
      AddBounds(object, shape, "minimum", "maximum");
      return;
    case ShapeKind::kList:
      object.Add("type", shape.min.value_or(0) == 0 ? R"(["array", "null"])" : R"("array")");
      AddBounds(object, shape, "minItems", "maxItems");
      object.Add("items", SchemaOf(shape.inner.front()));
      return;
    case ShapeKind::kMap:
      return AddMap(object, shape);
    case ShapeKind::kOneOf: {
      std::vector<std::string> alternatives;
      for (const Shape& alternative : shape.inner) alternatives.push_back(SchemaOf(alternative));
      object.Add("anyOf", Array(alternatives));
      return;
    }
  }
}

}  // namespace

std::string ShapeToJsonSchema(const Shape& shape, std::string_view title, std::string_view id) {
  Object root;
  root.AddText("$schema", "https://json-schema.org/draft/2020-12/schema");
  root.AddText("$id", id);
  root.AddText("title", title);
  AddShape(root, shape);
  return root.Render() + "\n";
}

}  // namespace gitops
