// The form encoding of webhooks: GitHub's default, and an option of Gitea and Gogs, sends the JSON
// as the field `payload` of application/x-www-form-urlencoded. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gitops {

/// Whether a Content-Type says that the body is a form; parameters and case do not matter.
bool IsFormContentType(std::string_view content_type);

/// The decoded value of the only field `payload`. nullopt: none, several, or a broken escape.
std::optional<std::string> DecodePayloadField(std::string_view form);

}  // namespace gitops
