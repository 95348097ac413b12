#include "sources/webhook_form.h"

#include <algorithm>
#include <cctype>

#include "engine/base/percent.h"

namespace gitops {
namespace {

std::optional<std::string> DecodeValue(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return DecodePercent(spaced);
}

}  // namespace

bool IsFormContentType(std::string_view content_type) {
  constexpr std::string_view kForm = "application/x-www-form-urlencoded";
  content_type = content_type.substr(0, content_type.find(';'));
  while (!content_type.empty() && content_type.back() == ' ') content_type.remove_suffix(1);
  return std::equal(
      content_type.begin(), content_type.end(), kForm.begin(), kForm.end(), [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == static_cast<unsigned char>(b);
      });
}

std::optional<std::string> DecodePayloadField(std::string_view form) {
  constexpr std::string_view kName = "payload=";
  std::optional<std::string_view> value;
  while (true) {
    const std::size_t end = form.find('&');
    const std::string_view field = form.substr(0, end);
    if (field.starts_with(kName)) {
      if (value) return std::nullopt;
      value = field.substr(kName.size());
    }
    if (end == std::string_view::npos) break;
    form.remove_prefix(end + 1);
  }
  return value ? DecodeValue(*value) : std::nullopt;
}

}  // namespace gitops
