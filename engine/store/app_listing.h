// AppListing: apps page by page, in order of a key, for lists of any length. Each page reads a
// bounded number of rows, wherever it begins. Has a reading connection of its own; thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/app_record.h"
#include "engine/store/access_database.h"

namespace gitops {

enum class AppOrder {
  kId,    ///< By environment, then name.
  kName,  ///< By name, then environment.
};

struct AppPageQuery {
  std::string environment;  ///< "" for all.
  std::string source;       ///< "" for all.
  std::string name_prefix;  ///< "" for all.
  /// What else an app must be; empty: anything.
  std::function<bool(const AppRecord&)> matches;
  AppOrder order = AppOrder::kId;
  bool descending = false;
  std::optional<AppId> after;  ///< The page begins behind this app, which need not exist any more.
  std::size_t limit = 100;     ///< REQUIRES: > 0.
};

struct AppPage {
  std::vector<AppRecord> apps;
  /// Where the next page begins. A page may be short, even empty, and have one: few rows matched
  /// among the kMostRows that were read.
  std::optional<AppId> next;
  std::size_t rows_read = 0;
};

class AppListing {
 public:
  /// Rows that one page reads at most.
  static constexpr std::size_t kMostRows = 5'000;

  /// Opens a connection of its own that only reads. Errors: as AccessDatabase::Open.
  static Result<std::unique_ptr<AppListing>> Open(AccessOptions options);

  /// Errors: kConflict, kTransient, kCorruption.
  Result<AppPage> Page(const AppPageQuery& query);

  /// Another number than before when anything in the database was changed since. Costs no read of
  /// the database's file.
  Result<std::int64_t> Version();

 private:
  explicit AppListing(std::unique_ptr<Connection> connection)
      : connection_(std::move(connection)) {}

  std::mutex mutex_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace gitops
