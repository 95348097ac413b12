// ApiWorld: the API over a real state database and a fake daemon, with a clock that only the test
// moves.
#pragma once

#include <memory>
#include <string>

#include "engine/server/api_route.h"
#include "engine/store/sqlite_delivery_store.h"
#include "engine/store/sqlite_drift_store.h"
#include "engine/store/state_database.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_daemon.h"
#include "tests/support/temp_dir.h"

namespace gitops {

class ApiWorld {
 public:
  ApiWorld() { Start(); }

  /// Everything anew on the same files, as after a restart.
  void Restart() {
    route_.reset();
    operations_.reset();
    idempotency_.reset();
    audit_.reset();
    tokens_.reset();
    listing_.reset();
    access_.reset();
    deliveries_.reset();
    store_.reset();
    state_.reset();
    ++process_;
    Start();
  }

  /// The text of a new token.
  std::string NewToken(TokenRole role, const std::string& apps = "",
                       std::optional<WallTime> expires = std::nullopt,
                       const std::string& name = "") {
    Token token;
    token.role = role;
    token.apps = apps;
    token.expires = expires;
    token.name = name;
    token.created_by = "test";
    const std::string text(
        TokenText(std::string(kTokenBytes, static_cast<char>('a' + made_++))).Reveal());
    const auto kept = tokens_->Create(token, TokenDigest(text));
    CHECK(kept);
    return text;
  }

  std::string LogPath(RunId run) const {
    return directory_ / ("run-" + std::to_string(run) + ".log");
  }

  Store& store() { return *store_; }
  DeliveryStore& deliveries() { return *deliveries_; }
  TokenStore& tokens() { return *tokens_; }
  AuditStore& audit() { return *audit_; }
  OperationStore& operations() { return *operations_; }
  DriftStore& drift() { return *drift_; }
  FakeDaemon& daemon() { return daemon_; }
  FakeClock& clock() { return clock_; }
  ProgressBook& progress() { return progress_; }
  WorkCounters& counters() { return counters_; }
  ApiRoute& route() { return *route_; }
  std::shared_ptr<HttpRoute> shared_route() { return route_; }
  std::string state_path() const { return directory_ / "state.db"; }

 private:
  void Start() {
    SqliteStoreOptions options;
    options.path = directory_ / "state.db";
    options.seal_key = Secret(std::string(32, 'k'));
    options.holder = "test";
    options.binary_version = "1.0.0";
    state_ = *StateDatabase::Open(options, clock_, counters_);
    store_ = MakeSqliteStore(state_);
    deliveries_ = MakeSqliteDeliveryStore(state_);
    drift_ = MakeSqliteDriftStore(state_);
    AccessOptions access;
    access.path = options.path;
    access.seal_key = options.seal_key;
    access.binary_version = options.binary_version;
    access_ = *AccessDatabase::Open(access, clock_);
    listing_ = *AppListing::Open(access);
    tokens_ = std::make_unique<TokenStore>(access_);
    audit_ = std::make_unique<AuditStore>(access_);
    idempotency_ =
        std::make_unique<IdempotencyStore>(access_, "process " + std::to_string(process_));
    operations_ = std::make_unique<OperationStore>(access_, *audit_, *idempotency_);
    route_ = std::make_shared<ApiRoute>(
        ApiParts{daemon_, *store_, *deliveries_, *drift_, *listing_, *tokens_, *audit_,
                 *idempotency_, *operations_, failures_, hosts_, clock_, log_, progress_, counters_,
                 [this](const AppId&, RunId run) { return LogPath(run); }});
    CHECK(route_->TakeUp());
  }

  TempDir directory_;
  FakeClock clock_;
  WorkCounters counters_;
  Log log_{LogLevel::kOff, LogFormat::kText};
  FakeDaemon daemon_;
  FailureLimiter failures_;
  ProgressBook progress_;
  HostPolicy hosts_{{"127.0.0.1:8420"}, ""};
  int process_ = 1;
  int made_ = 0;
  std::shared_ptr<StateDatabase> state_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<DeliveryStore> deliveries_;
  std::unique_ptr<DriftStore> drift_;
  std::shared_ptr<AccessDatabase> access_;
  std::unique_ptr<AppListing> listing_;
  std::unique_ptr<TokenStore> tokens_;
  std::unique_ptr<AuditStore> audit_;
  std::unique_ptr<IdempotencyStore> idempotency_;
  std::unique_ptr<OperationStore> operations_;
  std::shared_ptr<ApiRoute> route_;
};

}  // namespace gitops
