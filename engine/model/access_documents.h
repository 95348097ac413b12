// Access documents: tokens and audit as trees for JSON and YAML, in the shape that docs/cli.md and
// docs/api.md promise. Functions without state.
#pragma once

#include <vector>

#include "engine/model/audit.h"
#include "engine/model/document_writer.h"
#include "engine/model/token.h"

namespace gitops {

/// "active", "expired" or "revoked".
std::string_view TokenState(const Token& token, WallTime now);

/// A value. There is nothing of the token's text in it.
void WriteToken(DocumentWriter& writer, const Token& token, WallTime now);
/// A value.
void WriteAuditEntry(DocumentWriter& writer, const AuditEntry& entry);
/// Members.
void WriteAuditVerdict(DocumentWriter& writer, const AuditVerdict& verdict);

}  // namespace gitops
