// AppCursor: where the next page of apps begins, as text that clients hand back. It fits only the
// list it came from: order and filters are in it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/model/app_id.h"

namespace gitops {

/// `list` says which list it is: its order and filters, in any form that is always the same.
std::string WriteAppCursor(std::string_view list, const AppId& app);

/// Nullopt when the text is no cursor, or one of another list.
std::optional<AppId> ReadAppCursor(std::string_view list, std::string_view text);

}  // namespace gitops
