#include "engine/model/git_object.h"

#include <string>

#include "engine/base/check.h"
#include "engine/base/digest.h"

namespace gitops {

ObjectId GitObjectId(std::string_view type, std::string_view bytes) {
  std::string object = std::string(type) + " " + std::to_string(bytes.size());
  object += '\0';
  object += bytes;
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
