#include "engine/store/token_store.h"

#include <chrono>

namespace gitops {
namespace {

constexpr std::chrono::hours kKeptAfterEnd{24 * 90};
constexpr std::chrono::hours kUseIsKnownTo{1};

constexpr const char* kSelect =
    "SELECT id, name, role, apps, created_by, created_at_ms, expires_at_ms, last_used_at_ms, "
    "revoked_at_ms FROM api_token";

Result<Token> ReadToken(const Query& row) {
  Token token;
  token.id = row.Int64(0);
  token.name = row.Text(1);
  ASSIGN_OR_RETURN(token.role, Known(ParseTokenRole(row.Text(2)), "role", row.Text(2)));
  token.apps = row.Text(3);
  token.created_by = row.Text(4);
  token.created = row.Time(5);
  token.expires = row.OptionalTime(6);
  token.last_used = row.OptionalTime(7);
  token.revoked = row.OptionalTime(8);
  return token;
}

std::string_view Bytes(const Sha256Bytes& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Result<std::optional<Token>> LoadToken(Connection& connection, std::int64_t id) {
  Query query(connection, std::string(kSelect) + " WHERE id = ?");
  query.Bind(id);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return std::optional<Token>();
  ASSIGN_OR_RETURN(Token token, ReadToken(query));
  return std::optional<Token>(std::move(token));
}

}  // namespace

Result<Token> TokenStore::Create(Token token, const Sha256Bytes& digest) {
  return database_->Write([&](Connection& connection) -> Result<Token> {
    const WallTime now = database_->clock().Now();
    RETURN_IF_ERROR(
        connection.Run("DELETE FROM api_token WHERE revoked_at_ms < ?1 OR expires_at_ms < ?1",
                       now - kKeptAfterEnd));
    ASSIGN_OR_RETURN(const auto count, connection.Number("SELECT count(*) FROM api_token"));
    if (count.value_or(0) >= kMostTokens) {
      return MakeError(ErrorKind::kConflict, "too many tokens",
                       "there are " + std::to_string(*count) + " already, and no more are kept",
                       "share one, or let them expire: those that ended go after 90 days");
    }
    token.created = now;
    RETURN_IF_ERROR(connection.Run(
        "INSERT INTO api_token (digest, name, role, apps, created_by, created_at_ms, "
        "expires_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
        Blob{Bytes(digest)}, token.name, ToString(token.role), token.apps, token.created_by,
        token.created, token.expires));
    token.id = connection.LastInsertId();
    return token;
  });
}

Result<std::vector<Token>> TokenStore::List() {
  return database_->Read([](Connection& connection) -> Result<std::vector<Token>> {
    Query query(connection, std::string(kSelect) + " ORDER BY id");
    std::vector<Token> tokens;
    while (true) {
      ASSIGN_OR_RETURN(const bool found, query.Next());
      if (!found) return tokens;
      ASSIGN_OR_RETURN(Token token, ReadToken(query));
      tokens.push_back(std::move(token));
    }
  });
}

Result<std::optional<Token>> TokenStore::Find(const Sha256Bytes& digest) {
  return database_->Read([&](Connection& connection) -> Result<std::optional<Token>> {
    static const std::string kSql = std::string(kSelect) + " WHERE digest = ?";
    Query query(connection, kSql);
    query.Bind(Blob{Bytes(digest)});
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return std::optional<Token>();
    ASSIGN_OR_RETURN(Token token, ReadToken(query));
    return std::optional<Token>(std::move(token));
  });
}

Result<Token> TokenStore::Revoke(std::int64_t id) {
  return database_->Write([&](Connection& connection) -> Result<Token> {
    RETURN_IF_ERROR(connection.Run(
        "UPDATE api_token SET revoked_at_ms = ? WHERE id = ? AND revoked_at_ms IS NULL",
        database_->clock().Now(), id));
    ASSIGN_OR_RETURN(const auto token, LoadToken(connection, id));
    if (!token) {
      return MakeError(ErrorKind::kNotFound, "no such token",
                       "no token has the number " + std::to_string(id),
                       "list them: tfgrid-compose token list");
    }
    return *token;
  });
}

Status TokenStore::MarkUsed(const Token& token) {
  const WallTime now = std::chrono::floor<std::chrono::hours>(database_->clock().Now());
  if (token.last_used && now - *token.last_used < kUseIsKnownTo) return {};
  return database_->Write([&](Connection& connection) {
    return connection.Run("UPDATE api_token SET last_used_at_ms = ? WHERE id = ?", now, token.id);
  });
}

}  // namespace gitops
