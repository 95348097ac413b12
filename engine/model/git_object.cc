#include "engine/model/git_object.h"

#include <string>

#include "engine/base/check.h"
#include "engine/base/digest.h"

namespace gitops {

ObjectId GitObjectId(std::string_view type, std::string_view bytes) {
  const std::string size = std::to_string(bytes.size());
  std::string object;
  object.reserve(type.size() + size.size() + bytes.size() + 2);
  object.append(type).append(1, ' ').append(size).append(1, '\0').append(bytes);
  return ObjectId(Sha1(object));
}

std::string_view GitMode(EntryKind kind) {
  switch (kind) {
    case EntryKind::kFile:
      return "100644";
    case EntryKind::kExecutable:
      return "100755";
    case EntryKind::kSymlink:
      return "120000";
    case EntryKind::kDirectory:
      return "40000";
    case EntryKind::kSubmodule:
      return "160000";
  }
  CHECK(false);
}

}  // namespace gitops
