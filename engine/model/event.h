// Event: something that happened, for people. Append-only. Pure value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/diagnostic.h"
#include "engine/model/app_id.h"
#include "engine/model/recorded_state.h"

namespace gitops {

struct Event {
  std::int64_t id = 0;  ///< Set by the store.
  WallTime time{};
  Severity severity = Severity::kNote;
  std::string type;    ///< Stable name: "source.updated", "run.failed", "app.rolled_back", …
  std::string source;  ///< "" when it concerns none.
  std::optional<AppId> app;
  RunId run = 0;        ///< 0 when it concerns none.
  std::string message;  ///< Redacted text.

  bool operator==(const Event&) const = default;
};

}  // namespace gitops
