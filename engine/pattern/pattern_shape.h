// The shape of pattern.yaml: its keys, their types and meaning, as one table. It checks the file
// and becomes docs/schema/pattern.schema.json. Pure.
#pragma once

#include "engine/pattern/pattern.h"
#include "engine/yaml/shape.h"

namespace gitops {

/// What a pattern.yaml with `apiVersion: tfgrid-compose/v1` may hold.
Shape PatternShape();

/// PatternShape as JSON Schema 2020-12, which is docs/schema/pattern.schema.json.
std::string PatternJsonSchema();

/// The words for VariableType in pattern.yaml, in the order of the enumerators.
inline constexpr std::string_view kVariableTypeWords[] = {"boolean", "integer", "string",
                                                          "integers", "strings"};

/// True for `[a-z][a-z0-9_]{0,63}`: names of variables, as every provider's tools accept them.
bool IsVariableName(std::string_view name);

}  // namespace gitops
