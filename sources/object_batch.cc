#include "sources/object_batch.h"

#include "engine/base/check.h"
#include "engine/base/digest.h"

namespace gitops {
namespace {

constexpr std::size_t kMostLoose = 32;

std::string_view NameOf(ObjectType type) {
  switch (type) {
    case ObjectType::kCommit:
      return "commit";
    case ObjectType::kTree:
      return "tree";
    case ObjectType::kBlob:
      return "blob";
    case ObjectType::kTag:
      return "tag";
  }
  CHECK(false);
}

}  // namespace

ObjectId IdOfObject(ObjectType type, std::string_view bytes) {
  std::string object = std::string(NameOf(type)) + " " + std::to_string(bytes.size());
  object += '\0';
  object += bytes;
  return ObjectId(Sha1(object));
}

ObjectId ObjectBatch::Add(ObjectType type, std::string bytes) {
  const ObjectId id = IdOfObject(type, bytes);
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
