#include "engine/model/access_documents.h"

#include "engine/base/timestamp.h"

namespace gitops {
namespace {

void WriteTime(DocumentWriter& writer, std::string_view name, const std::optional<WallTime>& time) {
  writer.TextOrNull(name, time ? FormatTimestamp(*time) : std::string());
}

}  // namespace

std::string_view TokenState(const Token& token, WallTime now) {
  if (token.revoked) return "revoked";
  return token.IsUsable(now) ? "active" : "expired";
}

void WriteToken(DocumentWriter& writer, const Token& token, WallTime now) {
  writer.BeginObject();
  writer.Member("id", token.id);
  writer.TextOrNull("name", token.name);
  writer.Member("role", ToString(token.role));
  writer.TextOrNull("apps", token.apps);
  writer.Member("state", TokenState(token, now));
  writer.Member("createdBy", token.created_by);
  writer.Member("createdAt", FormatTimestamp(token.created));
  WriteTime(writer, "expiresAt", token.expires);
  WriteTime(writer, "lastUsedAt", token.last_used);
  WriteTime(writer, "revokedAt", token.revoked);
  writer.EndObject();
}

void WriteAuditEntry(DocumentWriter& writer, const AuditEntry& entry) {
  const AuditNote& note = entry.note;
  writer.BeginObject();
  writer.Member("id", entry.id);
  writer.Member("time", FormatTimestamp(entry.time));
  writer.Member("actor", note.actor);
  writer.TextOrNull("address", note.address);
  writer.Member("action", note.action);
  writer.TextOrNull("target", note.target);
  writer.TextOrNull("planDigest", note.plan_digest);
  writer.Member("result", note.result);
  writer.TextOrNull("detail", note.detail);
  writer.TextOrNull("requestId", note.request_id);
  writer.TextOrNull("previous", entry.previous);
  writer.Member("hash", entry.hash);
  writer.EndObject();
}

void WriteAuditVerdict(DocumentWriter& writer, const AuditVerdict& verdict) {
  writer.Member("whole", !verdict.broken.has_value());
  writer.NumberOrNull("first", verdict.first);
  writer.NumberOrNull("last", verdict.last);
  writer.TextOrNull("lastHash", verdict.last_hash);
  writer.NumberOrNull("broken", verdict.broken.value_or(0));
  writer.TextOrNull("why", verdict.why);
}

}  // namespace gitops
