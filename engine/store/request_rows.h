// Rows of the table `source_request`. Functions without state; the caller holds the transaction.
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

/// See DeliveryStore::MarkLooked. Returns the number that is answered now; 0: an older look has
/// answered it.
Result<std::uint64_t> AnswerRequestRow(Connection& connection, const std::string& source,
                                       std::uint64_t number);

}  // namespace gitops
