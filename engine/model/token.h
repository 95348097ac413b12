// Token: who may use the API, and for what. The token's text is shown once, when it is made, and
// exists nowhere else: what is kept is its SHA-256. Pure values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/base/digest.h"
#include "engine/base/secret.h"

namespace gitops {

/// Each role may do what the ones before it may. The names are stored and part of the contract.
enum class TokenRole {
  kViewer,    ///< Look.
  kDeployer,  ///< Reconcile, roll back, suspend, resume, cancel a run.
  kAdmin,     ///< See and change everything that the API has.
};

/// "viewer", "deployer", "admin".
std::string_view ToString(TokenRole role);
std::optional<TokenRole> ParseTokenRole(std::string_view text);

/// What every token begins with, so that scanners for leaked secrets find it.
inline constexpr std::string_view kTokenPrefix = "tfgc_";
/// Random bytes of a token; they follow the prefix in lower-case hex.
inline constexpr std::size_t kTokenBytes = 32;

struct Token {
  std::int64_t id = 0;  ///< Set by the store; names it in `token revoke` and in the audit.
  std::string name;     ///< For people; "" when it was given none.
  TokenRole role = TokenRole::kViewer;
  std::string apps;  ///< A glob of environment/name; "": all apps.
  std::string created_by;
  WallTime created{};
  std::optional<WallTime> expires;    ///< Not set: never.
  std::optional<WallTime> last_used;  ///< To the hour.
  std::optional<WallTime> revoked;

  /// Neither revoked nor expired.
  bool IsUsable(WallTime now) const;

  bool operator==(const Token&) const = default;
};

/// The text of a token of these random bytes. REQUIRES: kTokenBytes of them.
Secret TokenText(std::string_view random_bytes);

/// True for text that TokenText may have made.
bool LooksLikeToken(std::string_view text);

/// What is kept of a token's text.
Sha256Bytes TokenDigest(std::string_view text);

}  // namespace gitops
