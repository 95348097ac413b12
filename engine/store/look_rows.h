// Rows of the tables `source_look` and `look_app`: looks that answered requests, and the apps that
// each of them found changed. Functions without state; the caller holds the transaction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/model/delivery.h"
#include "engine/store/delivery_store.h"
#include "engine/store/sql.h"

namespace gitops {

/// Of one look, so many apps are kept by name; of all of them it is told how many they were.
inline constexpr std::size_t kMostAppsOfALook = 100;

/// Keeps a look. The oldest rows of both tables beyond `keep` go. REQUIRES: `number` is higher than
/// those of the source's older looks.
Status InsertLookRow(Connection& connection, const std::string& source, std::uint64_t number,
                     WallTime now, const LookNote& note, std::int64_t keep);

/// A look that led to a run.
struct CausingLook {
  std::int64_t id = 0;
  std::string source;
  std::uint64_t number = 0;
};

/// The look that led to the run: the newest one that found its app changed before it began, when
/// ListCausedWork lists the run under it.
Result<std::optional<CausingLook>> FindCausingLook(Connection& connection, RunId run);

/// The kept apps of a look, in the order they were given in, with their runs until now.
Result<std::vector<CausedWork>> ListCausedWork(Connection& connection, std::int64_t look);

}  // namespace gitops
