#include "engine/server/app_cursor.h"

#include "engine/base/digest.h"

namespace gitops {
namespace {

constexpr std::size_t kDigits = 12;

std::string Mark(std::string_view list) { return Sha256Hex(list).substr(0, kDigits); }

}  // namespace

std::string WriteAppCursor(std::string_view list, const AppId& app) {
  return Mark(list) + "." + app.environment + "." + app.name;
}

std::optional<AppId> ReadAppCursor(std::string_view list, std::string_view text) {
  if (text.size() <= kDigits + 1 || text.substr(0, kDigits) != Mark(list) || text[kDigits] != '.') {
    return std::nullopt;
  }
  const std::string_view app = text.substr(kDigits + 1);
  const std::size_t dot = app.find('.');
  if (dot == std::string_view::npos || !IsValidName(app.substr(0, dot)) ||
      !IsValidName(app.substr(dot + 1))) {
    return std::nullopt;
  }
  return AppId{std::string(app.substr(0, dot)), std::string(app.substr(dot + 1))};
}

}  // namespace gitops
