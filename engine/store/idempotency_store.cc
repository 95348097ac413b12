#include "engine/store/idempotency_store.h"

namespace gitops {

Result<IdempotencyClaim> IdempotencyStore::Claim(const IdempotencyKey& of,
                                                 const std::string& request,
                                                 UnansweredKey unanswered) {
  // By name: clang 14 lets no lambda capture structured bindings.
  const std::int64_t token = of.token;
  const std::string& key = of.key;
  using Kind = IdempotencyClaim::Kind;
  return database_->Write([&](Connection& connection) -> Result<IdempotencyClaim> {
    const WallTime now = database_->clock().Now();
    RETURN_IF_ERROR(connection.Run("DELETE FROM idempotency WHERE created_at_ms < ?", now - kKept));
    Query query(connection,
                "SELECT request, process, status, answer FROM idempotency WHERE token = ? AND "
                "key = ?");
    query.Bind(token).Bind(key);
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (found) {
      if (query.Text(0) != request) return IdempotencyClaim{Kind::kOther, 0, ""};
      if (!query.IsNull(2)) return IdempotencyClaim{Kind::kAnswered, query.Int(2), query.Text(3)};
      if (query.Text(1) == process_) return IdempotencyClaim{Kind::kUnderWay, 0, ""};
      if (unanswered == UnansweredKey::kUncertain) {
        return IdempotencyClaim{Kind::kUncertain, 0, ""};
      }
      RETURN_IF_ERROR(connection.Run(
          "UPDATE idempotency SET process = ? WHERE token = ? AND key = ?", process_, token, key));
      return IdempotencyClaim{};
    }
    ASSIGN_OR_RETURN(const auto count,
                     connection.Number("SELECT count(*) FROM idempotency WHERE token = ?", token));
    if (count.value_or(0) >= kMostKeys) return IdempotencyClaim{Kind::kTooMany, 0, ""};
    RETURN_IF_ERROR(connection.Run(
        "INSERT INTO idempotency (token, key, request, process, created_at_ms) VALUES (?, ?, ?, ?, "
        "?)",
        token, key, request, process_, now));
    return IdempotencyClaim{};
  });
}

Status IdempotencyStore::Finish(const IdempotencyKey& key, int status, const std::string& body) {
  return database_->Write(
      [&](Connection& connection) { return FinishIn(connection, key, status, body); });
}

Status IdempotencyStore::FinishIn(Connection& connection, const IdempotencyKey& key, int status,
                                  const std::string& body) {
  return connection.Run("UPDATE idempotency SET status = ?, answer = ? WHERE token = ? AND key = ?",
                        status, body, key.token, key.key);
}

Status IdempotencyStore::Forget(const IdempotencyKey& key) {
  return database_->Write([&](Connection& connection) {
    return connection.Run("DELETE FROM idempotency WHERE token = ? AND key = ?", key.token,
                          key.key);
  });
}

}  // namespace gitops
