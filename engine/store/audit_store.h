// AuditStore: the audit log, a chain of entries. Thread-safe as AccessDatabase is, also between
// processes: an entry is made in the transaction that reads the one before it. Errors of all
// methods: kConflict (busy, opened for reading only), kTransient (disk full, I/O), kCorruption.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/audit.h"
#include "engine/store/access_database.h"

namespace gitops {

class AuditStore {
 public:
  /// The newest `keep` entries stay. What is dropped leaves its last hash behind, so that what is
  /// kept can still be verified.
  explicit AuditStore(std::shared_ptr<AccessDatabase> database, std::int64_t keep = 1'000'000)
      : database_(std::move(database)), keep_(keep) {}

  /// When it returns, the entry is on disk. Texts are cut to kLongestText bytes.
  Result<AuditEntry> Append(const AuditNote& note);
  /// The same as a part of somebody's transaction, which writes.
  Result<AuditEntry> AppendIn(Connection& connection, const AuditNote& note);
  static constexpr std::size_t kLongestText = 1024;

  /// The newest `limit` entries before entry `before` (0: of all), newest first.
  Result<std::vector<AuditEntry>> List(std::int64_t before, int limit);

  /// Reads the whole log.
  Result<AuditVerdict> Verify();

 private:
  std::shared_ptr<AccessDatabase> database_;
  const std::int64_t keep_;
};

}  // namespace gitops
