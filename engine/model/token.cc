#include "engine/model/token.h"

#include <algorithm>

#include "engine/base/check.h"

namespace gitops {

std::string_view ToString(TokenRole role) {
  switch (role) {
    case TokenRole::kViewer:
      return "viewer";
    case TokenRole::kDeployer:
      return "deployer";
    case TokenRole::kAdmin:
      return "admin";
  }
  CHECK(false);
}

std::optional<TokenRole> ParseTokenRole(std::string_view text) {
  for (const TokenRole role : {TokenRole::kViewer, TokenRole::kDeployer, TokenRole::kAdmin}) {
    if (ToString(role) == text) return role;
  }
  return std::nullopt;
}

bool Token::IsUsable(WallTime now) const { return !revoked && (!expires || now < *expires); }

Secret TokenText(std::string_view random_bytes) {
  CHECK(random_bytes.size() == kTokenBytes);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(random_bytes.data());
  return Secret(std::string(kTokenPrefix) + ToHex(bytes, random_bytes.size()));
}

bool LooksLikeToken(std::string_view text) {
  if (text.size() != kTokenPrefix.size() + 2 * kTokenBytes || !text.starts_with(kTokenPrefix)) {
    return false;
  }
  return std::all_of(text.begin() + kTokenPrefix.size(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Sha256Bytes TokenDigest(std::string_view text) { return Sha256(text); }

}  // namespace gitops
