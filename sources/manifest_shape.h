// ManifestShape: the table of everything a tfgrid-compose.yaml may hold. The parser checks with it,
// docs/schema/tfgrid-compose.schema.json is generated from it, and docs/manifest.md is tested
// against it. Pure.
#pragma once

#include <string>

#include "engine/yaml/shape.h"

namespace gitops {

/// The same table at every call; immutable, so threads may share it.
const Shape& ManifestShape();

/// The text of docs/schema/tfgrid-compose.schema.json.
std::string ManifestJsonSchema();

/// Hint for keys that resemble no known one.
inline constexpr std::string_view kManifestReference = "docs/manifest.md lists all keys";

}  // namespace gitops
