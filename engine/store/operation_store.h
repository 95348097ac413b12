// OperationStore: what the API was asked for and accepted, so that it outlives the process: a
// request is written down before it is answered, together with its entry of the audit and with the
// answer that its Idempotency-Key gets from then on. Thread-safe as AccessDatabase is. Errors of
// all methods: kConflict (busy), kTransient (disk full, I/O), kCorruption.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/model/app_id.h"
#include "engine/model/audit.h"
#include "engine/model/run.h"
#include "engine/store/access_database.h"
#include "engine/store/audit_store.h"
#include "engine/store/idempotency_store.h"

namespace gitops {

/// A request that was accepted.
struct Operation {
  std::int64_t id = 0;       ///< 0: it has none yet. Never used twice by one state.
  AuditNote note;            ///< Without plan, result and detail.
  AppId app;                 ///< Of requests for one app; else empty names.
  std::string body;          ///< The request's, as it came.
  std::string by;            ///< As events name who asked.
  bool exact = false;        ///< Only for the app as it was: If-Match named its serial.
  std::uint64_t serial = 0;  ///< AppRecord::recorded_serial when it was accepted.
  RunId last_run = 0;        ///< AppRecord::last_run then.
  WallTime asked{};
  std::optional<WallTime> ended;  ///< Not set: it is still to be carried out.
  std::string document;           ///< What is shown of it when it is over; "" before.
};

class OperationStore {
 public:
  /// The newest so many that are over are kept.
  static constexpr std::int64_t kKept = 1'000;

  /// `audit` and `keys` are of the same database and outlive this.
  OperationStore(std::shared_ptr<AccessDatabase> database, AuditStore& audit,
                 IdempotencyStore& keys)
      : database_(std::move(database)), audit_(audit), keys_(keys) {}

  /// In one transaction: the operation, unless it has a number and thus is there; "accepted" in the
  /// audit; under `key` the status 202 and what `answer` makes of the operation with its number.
  /// Returns that operation.
  Result<Operation> Accept(Operation operation, const std::optional<IdempotencyKey>& key,
                           const std::function<std::string(const Operation&)>& answer);

  /// It is over, and `document` says how. Nothing happens when it was over before.
  Status End(std::int64_t id, const std::string& document);

  Result<std::optional<Operation>> Load(std::int64_t id);
  /// Those that are not over, in the order they were asked for.
  Result<std::vector<Operation>> Unfinished();

 private:
  std::shared_ptr<AccessDatabase> database_;
  AuditStore& audit_;
  IdempotencyStore& keys_;
};

}  // namespace gitops
