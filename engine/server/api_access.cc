#include "engine/server/api_access.h"

#include "engine/base/redactor.h"
#include "engine/server/api_problem.h"

namespace gitops {
namespace {

/// The token of "Bearer TOKEN" (RFC 6750 §2.1; the scheme's case does not matter, RFC 9110 §11.1).
std::optional<std::string_view> BearerToken(const HttpHead& head) {
  const auto value = head.headers.Find("Authorization");
  constexpr std::string_view kScheme = "bearer ";
  if (!value || value->size() <= kScheme.size()) return std::nullopt;
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    const char c = (*value)[i];
    if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != kScheme[i]) return std::nullopt;
  }
  const std::string_view token = value->substr(kScheme.size());
  if (!LooksLikeToken(token)) return std::nullopt;
  return token;
}

bool IsNameOfToken(std::string_view name) {
  return name == "token" || name == "access_token" || name == "api_token" || name == "apikey" ||
         name == "api_key" || name == "authorization";
}

/// Who uses the loopback token, by their own word: for the audit, never for a decision.
std::string PersonOf(const HttpHead& head, const Token& token) {
  if (token.name != kLoopbackTokenName) return "";
  const auto user = head.headers.Find("X-Tfgrid-User");
  return user ? EscapeLine(user->substr(0, 64)) : std::string();
}

}  // namespace

ApiCaller::ApiCaller(Token token, Sha256Bytes digest, std::string person)
    : token_(std::move(token)), digest_(digest), person_(std::move(person)) {
  if (token_.apps.empty()) return;
  if (auto glob = Glob::Parse(token_.apps)) scope_ = *std::move(glob);
}

std::string ApiCaller::name() const {
  if (!person_.empty()) return "user " + person_;
  return "token " + std::to_string(token_.id) +
         (token_.name.empty() ? "" : " (" + token_.name + ")");
}

bool ApiCaller::Sees(const AppId& app) const {
  return SeesAll() || (scope_ && scope_->Matches(app.ToString()));
}

std::optional<HttpResponse> ApiAccess::Refuse(const HttpHead& head) const {
  if (const std::string why = hosts_.Refusal(head); !why.empty()) {
    Problem problem = NotAllowed();
    problem.detail = why;
    problem.fix = "ask by a name under which this server is known: server.publicUrl";
    return ApiProblem(problem, head.request_id);
  }
  for (const auto& [name, value] : head.query) {
    if (!IsNameOfToken(name) && !LooksLikeToken(value)) continue;
    return ApiProblem({400, "token in the URL",
                       "URLs end up in logs and histories: what was sent should be revoked", "",
                       "send Authorization: Bearer TOKEN"},
                      head.request_id);
  }
  return std::nullopt;
}

std::optional<ApiCaller> ApiAccess::CallerOf(const HttpHead& head, std::optional<Error>& trouble) {
  const auto text = BearerToken(head);
  if (!text) return std::nullopt;
  const Sha256Bytes digest = TokenDigest(*text);
  auto found = tokens_.Find(digest);
  if (!found) {
    trouble = std::move(found).error();
    return std::nullopt;
  }
  if (!*found || !(*found)->IsUsable(clock_.Now())) return std::nullopt;
  if ((*found)->name == kLoopbackTokenName && !head.from_loopback) return std::nullopt;
  const std::string person = PersonOf(head, **found);
  return ApiCaller(**std::move(found), digest, person);
}

std::variant<ApiCaller, HttpResponse> ApiAccess::Authenticate(const HttpHead& head, bool count) {
  std::optional<Error> trouble;
  if (auto caller = CallerOf(head, trouble)) return *std::move(caller);
  if (trouble) return ApiProblem(ProblemOf(*trouble), head.request_id);
  if (count) {
    const std::string key = ClientKey(head.client_address);
    const MonotonicTime now = clock_.MonotonicNow();
    if (const auto wait = failures_.RefusedFor(key, now)) {
      return TooManyFailures(*wait, head.request_id);
    }
    failures_.Failed(key, now);
  }
  return ApiProblem(NotAuthenticated(), head.request_id);
}

bool ApiAccess::IsStillGood(const Sha256Bytes& digest) {
  const auto found = tokens_.Find(digest);
  return found && *found && (*found)->IsUsable(clock_.Now());
}

}  // namespace gitops
