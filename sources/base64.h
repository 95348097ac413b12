// Base64 (RFC 4648, standard alphabet), as OpenSSH's files use it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gitops {

/// Without padding at the end, as in fingerprints.
std::string Base64Unpadded(std::string_view bytes);

/// With padding, as in key files.
std::string Base64Padded(std::string_view bytes);

/// With or without padding; nullopt for anything that is not base64.
std::optional<std::string> Base64Decode(std::string_view text);

}  // namespace gitops
