// SqliteStore: the Store in one SQLite file (WAL, synchronous=FULL). Thread-safe as StateDatabase
// is. Files: docs/state.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/base/work_counters.h"
#include "engine/store/store.h"

namespace gitops {

class StateDatabase;

/// When an opener that writes takes the next lease epoch.
enum class LeaseTime {
  /// At once: from then on every earlier opener's writes are refused.
  kAtOpen,
  /// Together with its first write, so that a pass that finds nothing to do writes nothing. That
  /// write is refused when anybody else wrote since it was opened: what was read may be out of
  /// date.
  kAtFirstWrite
};

struct SqliteStoreOptions {
  std::string path;  ///< The database; its directory must exist.
  Secret seal_key;   ///< kSealKeySize bytes (engine/base/seal.h): outputs are sealed with it.
  /// For looking while another process works: creates and changes nothing, takes no lease; every
  /// method that writes fails with kConflict.
  bool read_only = false;
  LeaseTime lease = LeaseTime::kAtOpen;
  std::string holder;          ///< Who this is, for the one who is refused: "pid 4711 on host".
  std::string binary_version;  ///< Of this program, for messages about newer databases.

  std::chrono::milliseconds busy_timeout{5000};  ///< Waits so long for another writer to open, …
  /// … and so long for each write later: the outcome of a step would be lost.
  std::chrono::milliseconds write_timeout{60'000};
  std::int64_t max_events = 100'000;      ///< Older ones are removed.
  std::int64_t max_deliveries = 100'000;  ///< Of webhooks; older ones are removed.
  int kept_plans = 50;                    ///< Whole plans per app; older ones lose actions.
};

/// Opens the database, and makes a new one where nothing is (not with read_only). For writing:
/// takes the next lease epoch when `lease` says so; the caller holds the state lock. Opening is not
/// counted in `counters`. `clock` and `counters` outlive the store. Other stores on the same
/// database: StateDatabase::Open and their Make functions.
///
/// Errors: kNotFound (no such directory; read_only: no such database) · kInvalid (others may write
/// to the file or directory; network file system; schema newer than this program; read_only and a
/// schema that has to be migrated first; key of a wrong size) · kCorruption (not a database, not
/// ours, damaged, gone while its journal or copies are still there, sealed with another key) ·
/// kConflict (busy) · kTransient (disk full, read-only, I/O). A damaged database is never replaced.
Result<std::unique_ptr<Store>> OpenSqliteStore(const SqliteStoreOptions& options,
                                               const Clock& clock, WorkCounters& counters);

/// The Store on a database that other stores work on too.
std::unique_ptr<Store> MakeSqliteStore(std::shared_ptr<StateDatabase> database);

}  // namespace gitops
