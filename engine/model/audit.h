// Audit: who asked for what, and what came of it. Each entry carries a keyed hash over itself and
// the entry before it, so that a changed, inserted or removed entry shows. Pure values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/base/secret.h"

namespace gitops {

/// What is known before an entry has its place in the log. Text is redacted by whoever makes it.
struct AuditNote {
  std::string actor;        ///< "token 3 (ci)", "user ann", "nobody" when it did not say who it is.
  std::string address;      ///< Where the request came from; "" for the command line.
  std::string action;       ///< "app.rollback", "token.create", …
  std::string target;       ///< "production/web", "token 3"; "" when it concerns none.
  std::string plan_digest;  ///< SHA-256 of the plan (codec.h); "" when there is none yet.
  std::string result;       ///< "asked", "accepted", "done", "failed", "refused".
  std::string detail;       ///< One sentence; "" when there is nothing to add.
  std::string request_id;   ///< Of the HTTP request; "" for the command line.

  bool operator==(const AuditNote&) const = default;
};

struct AuditEntry {
  std::int64_t id = 0;  ///< From 1 without gaps.
  WallTime time{};
  AuditNote note;
  std::string previous;  ///< The hash of the entry before; "" for the first one.
  std::string hash;      ///< AuditHash of this one.

  bool operator==(const AuditEntry&) const = default;
};

/// Lower-case hex of HMAC-SHA-256 over all fields of the entry but its hash.
std::string AuditHash(const Secret& key, const AuditEntry& entry);

/// What `audit verify` found.
struct AuditVerdict {
  std::int64_t first = 0;  ///< The oldest entry that is kept; 0: none.
  std::int64_t last = 0;   ///< The newest one.
  std::string last_hash;   ///< To be written down elsewhere: it stands for all that came before.
  std::optional<std::int64_t> broken;  ///< The first entry that does not fit.
  std::string why;                     ///< What is wrong with it.

  bool operator==(const AuditVerdict&) const = default;
};

}  // namespace gitops
