// Rows of the table `source`. Functions without state; the caller holds the transaction.
#pragma once

#include <string>
#include <vector>

#include "engine/model/source.h"
#include "engine/store/sql.h"

namespace gitops {

Status SaveSourceRow(Connection& connection, const SourceRecord& source);

/// Sorted by name.
Result<std::vector<SourceRecord>> ListSourceRows(Connection& connection);

/// Errors also: kConflict when apps belong to it.
Status DeleteSourceRow(Connection& connection, const std::string& name);

}  // namespace gitops
