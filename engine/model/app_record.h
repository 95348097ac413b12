// AppRecord: what the engine durably knows of an app besides its recorded steps. Pure value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/diagnostic.h"
#include "engine/base/error.h"
#include "engine/model/app_id.h"
#include "engine/model/health.h"
#include "engine/model/object_id.h"
#include "engine/model/recorded_state.h"
#include "engine/model/revision.h"

namespace gitops {

/// Is the app's manifest in its source?
enum class Presence {
  kPresent,
  kOrphaned,  ///< The manifest vanished; the app runs on until it is pruned.
  kInvalid,   ///< The manifest is there and cannot be used; the last good state stays in force.
};

std::string_view ToString(Presence presence);
std::optional<Presence> ParsePresence(std::string_view text);

struct Suspension {
  std::string reason;
  std::string by;
  WallTime since{};

  bool operator==(const Suspension&) const = default;
};

/// Why an app waits before it is tried again.
struct RetryState {
  int attempts = 0;
  std::optional<WallTime> next;  ///< Not set: parked until its input changes.
  ErrorKind kind = ErrorKind::kTransient;
  std::string desired_digest;  ///< The digest that failed: another one starts afresh.

  bool operator==(const RetryState&) const = default;
};

struct AppRecord {
  AppId id;
  std::string source;
  std::string directory;  ///< In the source's repository; "" is its root.
  ObjectId tree;          ///< The directory's tree at `revision`.
  Revision revision;      ///< The newest revision whose content for this app was looked at.
  Presence presence = Presence::kPresent;
  std::string pattern;
  std::vector<std::string> depends_on;  ///< As written in the manifest.

  SyncStatus sync = SyncStatus::kUnknown;
  Health health = Health::kUnknown;
  std::string reason;       ///< One sentence: why it is in this state.
  Diagnostics diagnostics;  ///< Of the last look.

  /// Has to be looked at in the next pass although its source may not have moved.
  bool dirty = true;
  std::string desired_digest;  ///< Of the last look; "" when it could not be made.
  Revision applied_revision;   ///< Of the last run that succeeded.
  int current_snapshot = 0;    ///< The snapshot the recorded state came from; 0: none.
  int pinned_snapshot = 0;     ///< Set by a rollback: stays until a new digest or `resume`; 0: not.
  std::vector<std::string> rejected;  ///< Digests that are not applied again.
  /// The snapshot of an automatic rollback that was decided and has not begun yet; 0: none. Durable
  /// with the end of the failed run, so that a crash between the two cannot lose the rollback.
  int owed_rollback = 0;
  std::optional<Suspension> suspension;
  std::optional<RetryState> retry;
  RunId last_run = 0;
  std::uint64_t recorded_serial = 0;
  bool has_recorded_steps = false;  ///< Something of it exists.

  bool operator==(const AppRecord&) const = default;
};

/// True when both say the same about what the app is in its source: source, directory, tree,
/// revision, presence, pattern, depends_on. Looks find these; work on an app never changes them.
bool SameLook(const AppRecord& a, const AppRecord& b);

/// Makes `record` say about that what `from` says.
void TakeLook(AppRecord& record, const AppRecord& from);

}  // namespace gitops
