#include "engine/model/app_record.h"

#include "engine/base/check.h"

namespace gitops {

std::string_view ToString(Presence presence) {
  switch (presence) {
    case Presence::kPresent:
      return "present";
    case Presence::kOrphaned:
      return "orphaned";
    case Presence::kInvalid:
      return "invalid";
  }
  CHECK(false);
}

std::optional<Presence> ParsePresence(std::string_view text) {
  for (const Presence presence : {Presence::kPresent, Presence::kOrphaned, Presence::kInvalid}) {
    if (ToString(presence) == text) return presence;
  }
  return std::nullopt;
}

}  // namespace gitops
