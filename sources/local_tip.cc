#include "sources/local_tip.h"

#include <optional>
#include <utility>
#include <vector>

#include "sources/ref_error.h"
#include "sources/source_url.h"

namespace gitops {
namespace {

constexpr std::size_t kRefsForMessages = 10'000;
constexpr int kDeepestTag = 16;

Error Missing(GitRepository& repository, RefKind kind, const std::string& ref,
              const std::string& shown_name) {
  Result<std::vector<std::string>> refs = repository.ListRefs("refs/", kRefsForMessages);
  if (!refs) return std::move(refs).error();
  return RefMissing(kind, ref, *refs, shown_name);
}

}  // namespace

Result<ObjectId> PeelToCommit(GitRepository& repository, const ObjectId& id, RefKind kind,
                              const std::string& ref) {
  ObjectId at = id;
  for (int depth = 0; depth < kDeepestTag; ++depth) {
    ASSIGN_OR_RETURN(const auto header, repository.Header(at));
    if (!header) {
      return MakeError(ErrorKind::kCorruption, "ref points to a missing object",
                       std::string(NameOf(kind)) + " " + ref + " → " + at.Hex());
    }
    if (header->first == ObjectType::kCommit) return at;
    if (header->first != ObjectType::kTag) {
      return RefNotACommit(kind, ref, header->first == ObjectType::kTree ? "tree" : "blob");
    }
    ASSIGN_OR_RETURN(at, repository.TargetOfTag(at));
  }
  return MakeError(ErrorKind::kInvalid, "ref is not a commit",
                   std::string(NameOf(kind)) + " \"" + ref + "\" is a tag of a tag, too often");
}

Result<ObjectId> ResolveTip(GitRepository& repository, RefKind kind, const std::string& ref,
                            const std::string& shown_name) {
  if (kind == RefKind::kCommit) {
    const std::optional<ObjectId> id = ObjectId::FromHex(ref);
    if (!id || id->IsZero()) {
      return MakeError(ErrorKind::kInvalid, "not a commit id",
                       "\"" + ref + "\": 40 lower-case hex digits are needed",
                       "git rev-parse \"" + ref + "^{commit}\"");
    }
    ASSIGN_OR_RETURN(const auto header, repository.Header(*id));
    if (!header) return Missing(repository, kind, ref, shown_name);
    if (header->first == ObjectType::kCommit) return *id;
    return RefNotACommit(kind, ref, header->first == ObjectType::kTag ? "tag" : "file or tree");
  }
  RETURN_IF_ERROR(CheckRefName(ref));
  ASSIGN_OR_RETURN(const std::optional<ObjectId> target,
                   repository.ReadRef(FullRefName(kind, ref)));
  if (!target) return Missing(repository, kind, ref, shown_name);
  return PeelToCommit(repository, *target, kind, ref);
}

}  // namespace gitops
