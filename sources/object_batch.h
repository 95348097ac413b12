// ObjectBatch: objects that are written together: few of them loose, many as one pack, which takes
// one sync instead of one for each. Not thread-safe.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/object_id.h"
#include "sources/git_repository.h"

namespace gitops {

class ObjectBatch {
 public:
  /// Keeps an object for Write; returns the id it will have.
  ObjectId Add(ObjectType type, std::string bytes);

  /// Of all objects that wait.
  std::size_t bytes() const { return bytes_; }

  /// Writes what waits, in the order of Add, and begins anew. Errors: kTransient (disk).
  Status Write(GitRepository& repository);

 private:
  std::vector<std::pair<ObjectType, std::string>> objects_;
  std::size_t bytes_ = 0;
};

}  // namespace gitops
