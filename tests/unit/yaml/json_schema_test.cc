#include "engine/yaml/json_schema.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

TEST(ShapeToJsonSchema, IsTheTableAsText) {
  using std::chrono_literals::operator""s;
  const Shape shape = MapShape({
      Key("name", TextShape().Longest(63).Checked(nullptr, "^[a-z]+$"))
          .Required()
          .Doc("Its \"name\".")
          .Default("none"),
      Key("mode", WordShape({"a", "b"})).Deprecated("name"),
      Key("cpu", OneOfShape({IntegerShape(1, 64), ListShape(BooleanShape())})),
      Key("every", DurationShape(1s, 5s)).NoEffect("nothing reads it"),
      Key("labels",
          FreeMapShape(SizeShape(SizeUnit::kGigabytes, 1, 9)).Checked(nullptr, "^[a-z]+$")),
      Key("any", AnyShape()),
  });
  EXPECT_EQ(ShapeToJsonSchema(shape, "T", "https://example.org/t.json"), R"SCHEMA({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://example.org/t.json",
  "title": "T",
  "type": "object",
  "properties": {
    "name": {
      "description": "Its \"name\". Default: none.",
      "type": ["string", "number", "boolean"],
      "pattern": "^[a-z]+$",
      "maxLength": 63
    },
    "mode": {
      "description": "Deprecated; use instead: name.",
      "deprecated": true,
      "enum": ["a", "b"]
    },
    "cpu": {
      "anyOf": [{
        "type": "integer",
        "minimum": 1,
        "maximum": 64
      }, {
        "type": ["array", "null"],
        "items": {
          "type": "boolean"
        }
      }]
    },
    "every": {
      "description": "Accepted without effect: nothing reads it.",
      "type": "string",
      "pattern": "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$"
    },
    "labels": {
      "type": ["object", "null"],
      "patternProperties": {
        "^x-": true
      },
      "propertyNames": {
        "pattern": "^x-|^[a-z]+$"
      },
      "additionalProperties": {
        "type": ["integer", "string"],
        "pattern": "^(0|[1-9][0-9]*) ?[KkMmGgTt]([Ii]?[Bb]?)$",
        "minimum": 1,
        "maximum": 9
      }
    },
    "any": {}
  },
  "required": ["name"],
  "patternProperties": {
    "^x-": true
  },
  "additionalProperties": false
}
)SCHEMA");
}

}  // namespace
}  // namespace gitops
