// Rows of the tables `source_request` and `source_look`. Functions without state; the caller holds
// the transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/model/delivery.h"
#include "engine/store/sql.h"

namespace gitops {

/// Raises the source's request by one; returns its number.
Result<std::uint64_t> RaiseRequestRow(Connection& connection, const std::string& source,
                                      std::string_view why, WallTime now);

/// All zero when there is no row.
Result<SourceRequest> LoadRequestRow(Connection& connection, const std::string& source);
Result<std::vector<SourceRequest>> ListRequestRows(Connection& connection);

/// See DeliveryStore::MarkLooked. The oldest looks beyond `keep` go.
Status MarkRequestRow(Connection& connection, const std::string& source, const AnsweringLook& look,
                      std::int64_t keep);

}  // namespace gitops
