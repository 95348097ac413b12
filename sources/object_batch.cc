#include "sources/object_batch.h"

#include "engine/model/git_object.h"

namespace gitops {
namespace {

constexpr std::size_t kMostLoose = 32;

}  // namespace

ObjectId ObjectBatch::Add(ObjectType type, std::string bytes) {
  const ObjectId id = GitObjectId(ToString(type), bytes);
  bytes_ += bytes.size();
  objects_.emplace_back(type, std::move(bytes));
  return id;
}

Status ObjectBatch::Write(GitRepository& repository) {
  const auto objects = std::exchange(objects_, {});
  bytes_ = 0;
  if (objects.size() > kMostLoose) return repository.WritePack(objects);
  for (const auto& [type, bytes] : objects) RETURN_IF_ERROR(repository.Write(type, bytes));
  return {};
}

}  // namespace gitops
