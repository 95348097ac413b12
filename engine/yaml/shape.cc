#include "engine/yaml/shape.h"

#include <utility>

namespace gitops {
namespace {

Shape OfKind(ShapeKind kind) {
  Shape shape;
  shape.kind = kind;
  return shape;
}

}  // namespace

Shape Shape::Longest(std::size_t bytes) && {
  longest = bytes;
  return std::move(*this);
}

Shape Shape::Items(std::int64_t at_least, std::optional<std::int64_t> at_most) && {
  min = at_least;
  max = at_most;
  return std::move(*this);
}

Shape Shape::Sensitive() && {
  sensitive = true;
  return std::move(*this);
}

Shape Shape::Checked(TextCheck rule, std::string schema_regex) && {
  check = rule;
  regex = std::move(schema_regex);
  return std::move(*this);
}

ShapeKey ShapeKey::Required() && {
  required = true;
  return std::move(*this);
}

ShapeKey ShapeKey::Doc(std::string text) && {
  doc = std::move(text);
  return std::move(*this);
}

ShapeKey ShapeKey::Default(std::string text) && {
  unset = std::move(text);
  return std::move(*this);
}

ShapeKey ShapeKey::Example(std::string text) && {
  example = std::move(text);
  return std::move(*this);
}

ShapeKey ShapeKey::NoEffect(std::string why) && {
  no_effect = std::move(why);
  return std::move(*this);
}

ShapeKey ShapeKey::Deprecated(std::string instead) && {
  deprecated = std::move(instead);
  return std::move(*this);
}

ShapeKey Key(std::string name, Shape shape) {
  ShapeKey key;
  key.name = std::move(name);
  key.shape = std::move(shape);
  return key;
}

Shape AnyShape() { return OfKind(ShapeKind::kAny); }

Shape TextShape() { return OfKind(ShapeKind::kText); }

Shape WordShape(std::vector<std::string> options) {
  Shape shape = OfKind(ShapeKind::kText);
  shape.options = std::move(options);
  return shape;
}

Shape BooleanShape() { return OfKind(ShapeKind::kBoolean); }

Shape IntegerShape(std::optional<std::int64_t> min, std::optional<std::int64_t> max) {
  Shape shape = OfKind(ShapeKind::kInteger);
  shape.min = min;
  shape.max = max;
  return shape;
}

Shape DurationShape(std::chrono::milliseconds min, std::chrono::milliseconds max) {
  Shape shape = OfKind(ShapeKind::kDuration);
  shape.min = min.count();
  shape.max = max.count();
  return shape;
}

Shape SizeShape(SizeUnit unit, std::int64_t min, std::int64_t max) {
  Shape shape = OfKind(ShapeKind::kSize);
  shape.unit = unit;
  shape.min = min;
  shape.max = max;
  return shape;
}

Shape ListShape(Shape item) {
  Shape shape = OfKind(ShapeKind::kList);
  shape.inner.push_back(std::move(item));
  return shape;
}

Shape MapShape(std::vector<ShapeKey> keys) {
  Shape shape = OfKind(ShapeKind::kMap);
  shape.keys = std::move(keys);
  return shape;
}

Shape FreeMapShape(Shape value) {
  Shape shape = OfKind(ShapeKind::kMap);
  shape.inner.push_back(std::move(value));
  return shape;
}

Shape OneOfShape(std::vector<Shape> alternatives) {
  Shape shape = OfKind(ShapeKind::kOneOf);
  shape.inner = std::move(alternatives);
  return shape;
}

}  // namespace gitops
