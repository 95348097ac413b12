// Rows of the table `app`. Functions without state; the caller holds the transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/model/app_record.h"
#include "engine/store/sql.h"
#include "engine/store/store.h"

namespace gitops {

/// Who saves an app: a look at its source, or its run. Looks are counted.
enum class AppWriter { kLook, kRun };

/// Inserts or updates; serial, number of recorded steps and a newer last_run stay.
Status SaveAppRow(Connection& connection, const AppRecord& app, AppWriter writer);

Result<std::optional<AppRecord>> LoadAppRow(Connection& connection, const AppId& id);
Result<std::vector<AppRecord>> ListAppRows(Connection& connection, const AppFilter& filter);
Result<std::vector<AppPlace>> ListPlaceRows(Connection& connection, const std::string& source);
Result<std::size_t> CountAppRows(Connection& connection, const AppFilter& filter);
/// Sorted by id.
Result<std::vector<AppRecord>> FindAppRowsAt(Connection& connection, const std::string& source,
                                             const std::vector<std::string>& directories);
Status DeleteAppRow(Connection& connection, const AppId& id);

/// How often a look saved the app; 0 when it is not there.
Result<std::int64_t> LoadLooks(Connection& connection, const AppId& id);

/// "SELECT … FROM app": the columns that ReadAppRow reads, from environment, name and source on.
const std::string& SelectAppSql();
/// Fills `app`, a blank record: of many rows, each would else be moved a few times on its way.
Status ReadAppRow(const Query& row, AppRecord& app);

/// A condition on `app` with its parameters in the order environment, source, name, now.
std::string FilterCondition(const AppFilter& filter);
void BindFilter(Query& query, const AppFilter& filter);

}  // namespace gitops
