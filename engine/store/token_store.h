// TokenStore: the tokens of the API. Thread-safe as AccessDatabase is. Errors of all methods:
// kConflict (busy, opened for reading only), kTransient (disk full, I/O), kCorruption.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/digest.h"
#include "engine/base/result.h"
#include "engine/model/token.h"
#include "engine/store/access_database.h"

namespace gitops {

class TokenStore {
 public:
  explicit TokenStore(std::shared_ptr<AccessDatabase> database) : database_(std::move(database)) {}

  /// Keeps the digest of a new token; its id and time of creation are set here. Tokens that ended
  /// more than 90 days ago go. Errors also: kConflict when there are kMostTokens already.
  Result<Token> Create(Token token, const Sha256Bytes& digest);
  static constexpr std::int64_t kMostTokens = 10'000;

  /// Oldest first, revoked and expired ones too.
  Result<std::vector<Token>> List();

  /// The token with this digest, usable or not.
  Result<std::optional<Token>> Find(const Sha256Bytes& digest);

  /// From now on it is refused; again is fine. Errors also: kNotFound.
  Result<Token> Revoke(std::int64_t id);

  /// Notes the use, at most once an hour: other calls write nothing.
  Status MarkUsed(const Token& token);

 private:
  std::shared_ptr<AccessDatabase> database_;
};

}  // namespace gitops
