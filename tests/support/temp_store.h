// TempStore: a real SqliteStore in a directory of its own, with a clock and counters that a test
// can see. SQLite is fast enough that no test needs an imitation of the store.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "engine/base/work_counters.h"
#include "engine/store/sqlite_delivery_store.h"
#include "engine/store/sqlite_drift_store.h"
#include "engine/store/sqlite_outbox_store.h"
#include "engine/store/sqlite_store.h"
#include "engine/store/state_database.h"
#include "engine/store/store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace gitops {

class TempStore {
 public:
  TempStore() { Reopen(); }

  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }
  Store& get() { return *store_; }
  DeliveryStore& deliveries() { return *deliveries_; }
  OutboxStore& outbox() { return *outbox_; }
  DriftStore& drift() { return *drift_; }

  const std::string& directory() const { return directory_.path(); }
  std::string path() const { return directory_ / "state.db"; }
  FakeClock& clock() { return clock_; }
  WorkCounters& counters() { return counters_; }

  /// For opening the same file again; change what is to be different.
  SqliteStoreOptions Options(const std::string& holder = "pid 1 on test") const {
    SqliteStoreOptions options;
    options.path = path();
    options.seal_key = Secret(std::string(32, 'k'));
    options.holder = holder;
    options.binary_version = "1.0.0";
    options.busy_timeout = std::chrono::milliseconds(20);
    return options;
  }

  Result<std::unique_ptr<Store>> Open(const SqliteStoreOptions& options) {
    return OpenSqliteStore(options, clock_, counters_);
  }

  /// Drops the store as a crash would, nothing finished, and opens the file again.
  void Reopen() {
    Close();
    auto opened = StateDatabase::Open(Options(), clock_, counters_);
    if (!opened) std::fprintf(stderr, "%s\n", opened.error().ToString().c_str());
    store_ = MakeSqliteStore(*opened);
    deliveries_ = MakeSqliteDeliveryStore(*opened);
    outbox_ = MakeSqliteOutboxStore(*opened);
    drift_ = MakeSqliteDriftStore(*std::move(opened));
  }

  void Close() {
    store_.reset();
    deliveries_.reset();
    outbox_.reset();
    drift_.reset();
  }

 private:
  TempDir directory_;
  FakeClock clock_;
  WorkCounters counters_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<DeliveryStore> deliveries_;
  std::unique_ptr<OutboxStore> outbox_;
  std::unique_ptr<DriftStore> drift_;
};

}  // namespace gitops
