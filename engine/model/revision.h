// Revision: what a source said at one moment, "branch@sha1:<40 hex>" (the form Flux made common).
// Pure value.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/model/object_id.h"

namespace gitops {

struct Revision {
  std::string ref;  ///< Branch, tag or "worktree" (a directory that was read without Git).
  ObjectId commit;  ///< The commit; for "worktree" the tree.

  bool operator==(const Revision&) const = default;

  /// "main@sha1:1f0c…" with all 40 digits; "" when there is no commit.
  std::string ToString() const;
  /// "main@1f0c2ab": for people.
  std::string Short() const;
};

/// Reads what Revision::ToString writes. Errors: kInvalid.
Result<Revision> ParseRevision(std::string_view text);

}  // namespace gitops
