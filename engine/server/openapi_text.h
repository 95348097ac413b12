// The description of the API, docs/openapi.json, as a text of the program. Constant data.
#pragma once

#include <string_view>

namespace gitops {

/// OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0) as JSON.
std::string_view OpenApiText();

}  // namespace gitops
