// IdempotencyStore: what was answered to requests with an Idempotency-Key, so that the same request
// is not carried out twice, over restarts too. Keys belong to the token that used them and are
// forgotten after a day. Thread-safe as AccessDatabase is. Errors of all methods: kConflict (busy),
// kTransient (disk full, I/O), kCorruption.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/base/result.h"
#include "engine/store/access_database.h"

namespace gitops {

/// What is known of a key.
struct IdempotencyClaim {
  enum class Kind {
    kNew,        ///< It is this request's now: carry it out, then Finish or Forget.
    kAnswered,   ///< `status` and `body` were answered to the same request.
    kUnderWay,   ///< The same request is being carried out by this process.
    kUncertain,  ///< The same request was begun by a process that ended before its answer.
    kOther,      ///< The key was used for another request.
    kTooMany,    ///< The token has used kMostKeys keys within a day.
  };
  Kind kind = Kind::kNew;
  int status = 0;
  std::string body;
};

/// Whose key it is.
struct IdempotencyKey {
  std::int64_t token = 0;
  std::string key;
};

/// What becomes of a key that a process claimed which ended before its answer.
enum class UnansweredKey {
  kUncertain,  ///< Something may have been done.
  kFree,       ///< Nothing was: what is done is written down together with the answer.
};

class IdempotencyStore {
 public:
  /// `process` tells this process from others, so that what a dead one left is known for it.
  IdempotencyStore(std::shared_ptr<AccessDatabase> database, std::string process)
      : database_(std::move(database)), process_(std::move(process)) {}

  static constexpr std::int64_t kMostKeys = 10'000;
  static constexpr std::chrono::hours kKept{24};

  /// Claims a key for the request whose digest is `request`.
  Result<IdempotencyClaim> Claim(const IdempotencyKey& key, const std::string& request,
                                 UnansweredKey unanswered = UnansweredKey::kUncertain);
  /// Remembers the answer.
  Status Finish(const IdempotencyKey& key, int status, const std::string& body);
  /// The same as a part of somebody's transaction, which writes.
  Status FinishIn(Connection& connection, const IdempotencyKey& key, int status,
                  const std::string& body);
  /// The request was not carried out: the key is free again.
  Status Forget(const IdempotencyKey& key);

 private:
  std::shared_ptr<AccessDatabase> database_;
  const std::string process_;
};

}  // namespace gitops
