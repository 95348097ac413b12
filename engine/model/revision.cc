#include "engine/model/revision.h"

namespace gitops {

std::string Revision::ToString() const {
  return commit.IsZero() ? "" : ref + "@sha1:" + commit.Hex();
}

std::string Revision::Short() const { return commit.IsZero() ? "" : ref + "@" + commit.Short(); }

Result<Revision> ParseRevision(std::string_view text) {
  static constexpr std::string_view kMark = "@sha1:";
  const std::size_t mark = text.rfind(kMark);
  if (mark != std::string_view::npos) {
    if (const auto commit = ObjectId::FromHex(text.substr(mark + kMark.size()))) {
      return Revision{std::string(text.substr(0, mark)), *commit};
    }
  }
  return MakeError(ErrorKind::kInvalid, "not a revision", "expected branch@sha1:<40 hex digits>");
}

}  // namespace gitops
