#include "engine/store/app_listing.h"

#include "engine/base/check.h"
#include "engine/store/app_rows.h"
#include "engine/store/database.h"

namespace gitops {
namespace {

/// Names have a-z, 0-9 and "-" only (IsValidName): this is behind all that begin with `prefix`.
std::string BehindPrefix(const std::string& prefix) { return prefix + "~"; }

/// Conditions on the order's own columns: SQLite walks an index from the cursor on and looks at no
/// row in vain. All other conditions are checked here, so that they can be counted.
std::string PageSql(const AppPageQuery& query) {
  const bool by_name = query.order == AppOrder::kName;
  const char* direction = query.descending ? " DESC" : " ASC";
  std::string sql = SelectAppSql() + (by_name ? " INDEXED BY app_by_name" : "") + " WHERE 1";
  if (!query.environment.empty() && !by_name) sql += " AND environment = ?";
  if (!query.name_prefix.empty() && (by_name || !query.environment.empty())) {
    sql += " AND name >= ? AND name < ?";
  }
  if (query.after) {
    sql += by_name ? " AND (name, environment)" : " AND (environment, name)";
    sql += query.descending ? " < (?, ?)" : " > (?, ?)";
  }
  const std::string first = by_name ? "name" : "environment";
  const std::string second = by_name ? "environment" : "name";
  return sql + " ORDER BY " + first + direction + ", " + second + direction + " LIMIT ?";
}

void BindPage(Query& row, const AppPageQuery& query) {
  const bool by_name = query.order == AppOrder::kName;
  if (!query.environment.empty() && !by_name) row.Bind(query.environment);
  if (!query.name_prefix.empty() && (by_name || !query.environment.empty())) {
    row.Bind(query.name_prefix).Bind(BehindPrefix(query.name_prefix));
  }
  if (query.after) {
    row.Bind(by_name ? query.after->name : query.after->environment);
    row.Bind(by_name ? query.after->environment : query.after->name);
  }
  row.Bind(static_cast<std::int64_t>(AppListing::kMostRows) + 1);
}

/// Conditions that can be checked without reading the whole row.
bool MayMatch(const Query& row, const AppPageQuery& query) {
  if (!query.environment.empty() && row.Text(0) != query.environment) return false;
  if (!query.name_prefix.empty() && !row.Text(1).starts_with(query.name_prefix)) return false;
  return query.source.empty() || row.Text(2) == query.source;
}

}  // namespace

Result<std::unique_ptr<AppListing>> AppListing::Open(AccessOptions options) {
  SqliteStoreOptions checked;
  checked.path = options.path;
  checked.seal_key = options.seal_key;
  checked.binary_version = options.binary_version;
  checked.read_only = true;
  checked.busy_timeout = options.busy_timeout;
  ASSIGN_OR_RETURN(auto reader, OpenBeside(checked, CurrentSchema()));
  return std::unique_ptr<AppListing>(new AppListing(std::move(reader)));
}

Result<AppPage> AppListing::Page(const AppPageQuery& query) {
  CHECK(query.limit > 0);
  const std::lock_guard lock(mutex_);
  AppPage page;
  AppId last;
  Query row(*connection_, PageSql(query));
  BindPage(row, query);
  while (true) {
    ASSIGN_OR_RETURN(const bool found, row.Next());
    if (!found) return page;
    // One more row than the page holds tells that there is a next one.
    if (page.apps.size() == query.limit || page.rows_read == kMostRows) {
      page.next = last;
      return page;
    }
    ++page.rows_read;
    last = {row.Text(0), row.Text(1)};
    if (!MayMatch(row, query)) continue;
    AppRecord app;
    RETURN_IF_ERROR(ReadAppRow(row, app));
    if (!query.matches || query.matches(app)) page.apps.push_back(std::move(app));
  }
}

Result<std::int64_t> AppListing::Version() {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const auto version, connection_->Number("PRAGMA data_version"));
  return version.value_or(0);
}

}  // namespace gitops
