// JSON Schema 2020-12 from a Shape, so that editors complete and check with the table the reader
// uses. Pure; the same shape always gives the same bytes.
#pragma once

#include <string>
#include <string_view>

#include "engine/yaml/shape.h"

namespace gitops {

/// The schema as JSON text, indented by two, with a newline at its end. Rules that JSON Schema
/// cannot say (sums, names that must match another key) stay with the reader: the schema never
/// refuses what the reader accepts.
std::string ShapeToJsonSchema(const Shape& shape, std::string_view title, std::string_view id);

}  // namespace gitops
