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

bool SameLook(const AppRecord& a, const AppRecord& b) {
  return a.source == b.source && a.directory == b.directory && a.tree == b.tree &&
         a.revision == b.revision && a.presence == b.presence && a.pattern == b.pattern &&
         a.depends_on == b.depends_on;
}

void TakeLook(AppRecord& record, const AppRecord& from) {
  record.source = from.source;
  record.directory = from.directory;
  record.tree = from.tree;
  record.revision = from.revision;
  record.presence = from.presence;
  record.pattern = from.pattern;
  record.depends_on = from.depends_on;
}

}  // namespace gitops
