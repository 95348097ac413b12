// ApiAccess: who sends a request, and whether they may. Tokens come in the Authorization field
// only. Every way to fail looks the same; an address that fails often is told to wait, which does
// not lock out those behind it that have a valid token.
// Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "engine/base/clock.h"
#include "engine/base/digest.h"
#include "engine/model/app_id.h"
#include "engine/model/token.h"
#include "engine/pattern/glob.h"
#include "engine/server/failure_limiter.h"
#include "engine/server/host_policy.h"
#include "engine/server/http_message.h"
#include "engine/store/token_store.h"

namespace gitops {

/// The token that `serve` makes for the commands of this machine; it is refused from elsewhere.
inline constexpr std::string_view kLoopbackTokenName = "loopback";

/// Who sent a request.
class ApiCaller {
 public:
  explicit ApiCaller(Token token, Sha256Bytes digest, std::string person);

  const Token& token() const { return token_; }
  const Sha256Bytes& digest() const { return digest_; }
  /// "token 3 (ci)", or the person on this machine: "user ann".
  std::string name() const;
  /// As events and suspensions name them: a person without "user".
  std::string by() const { return person_.empty() ? name() : person_; }
  /// A command of this machine.
  bool IsLoopback() const { return token_.name == kLoopbackTokenName; }

  bool HasRole(TokenRole role) const { return token_.role >= role; }
  /// The token is not limited to some apps.
  bool SeesAll() const { return token_.apps.empty(); }
  bool Sees(const AppId& app) const;

 private:
  Token token_;
  Sha256Bytes digest_;
  std::string person_;         ///< "" unless the request came with the loopback token.
  std::optional<Glob> scope_;  ///< Not set: no app, or all when SeesAll.
};

class ApiAccess {
 public:
  /// All of it outlives this.
  ApiAccess(TokenStore& tokens, FailureLimiter& failures, const HostPolicy& hosts,
            const Clock& clock)
      : tokens_(tokens), failures_(failures), hosts_(hosts), clock_(clock) {}

  /// What is refused whoever asks: another site, a token in the URL.
  std::optional<HttpResponse> Refuse(const HttpHead& head) const;

  /// The caller, or the answer to one who is none. With `count` failures of an address are counted.
  std::variant<ApiCaller, HttpResponse> Authenticate(const HttpHead& head, bool count);

  /// Whether a token that was good is still so.
  bool IsStillGood(const Sha256Bytes& digest);

 private:
  std::optional<ApiCaller> CallerOf(const HttpHead& head, std::optional<Error>& trouble);

  TokenStore& tokens_;
  FailureLimiter& failures_;
  const HostPolicy& hosts_;
  const Clock& clock_;
};

}  // namespace gitops
