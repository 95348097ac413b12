#include "engine/model/app_id.h"

namespace gitops {

bool IsValidName(std::string_view name) {
  if (name.empty() || name.size() > 63) return false;
  for (const char c : name) {
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    if (!allowed) return false;
  }
  return name.front() != '-' && name.back() != '-';
}

Result<AppId> ParseAppId(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || !IsValidName(text.substr(0, slash)) ||
      !IsValidName(text.substr(slash + 1))) {
    return MakeError(ErrorKind::kInvalid, "not an app",
                     "expected environment/name, each " + std::string(kNameRule));
  }
  return AppId{std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

}  // namespace gitops
