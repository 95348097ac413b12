#include "sources/pack_consolidation.h"

#include <git2/sys/odb_backend.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "sources/git_error.h"
#include "sources/git_handle.h"
#include "sources/mirror_files.h"

namespace gitops {
namespace {

namespace fs = std::filesystem;

struct Pack {
  std::string index;  ///< Path of the .idx file.
  std::int64_t bytes = 0;
};

std::string PackOf(const std::string& index) {
  return fs::path(index).replace_extension(".pack").string();
}

/// The packs to merge: all up to the largest one that is not more than twice as large as all
/// smaller ones together. So a pack that stays is larger than what was merged, and sizes grow
/// geometrically.
std::vector<Pack> ChoosePacks(const std::string& objects_directory) {
  std::vector<Pack> packs;
  for (const std::string& index : ListPackIndexes(objects_directory)) {
    struct stat status {};
    if (access(fs::path(index).replace_extension(".keep").c_str(), F_OK) == 0) continue;
    if (stat(PackOf(index).c_str(), &status) == 0) packs.push_back({index, status.st_size});
  }
  std::sort(packs.begin(), packs.end(), [](const Pack& a, const Pack& b) {
    return a.bytes != b.bytes ? a.bytes < b.bytes : a.index < b.index;
  });
  std::int64_t smaller = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < packs.size(); ++i) {
    if (packs[i].bytes <= 2 * smaller) count = i + 1;
    smaller += packs[i].bytes;
  }
  packs.resize(count);
  return packs;
}

int CollectId(const git_oid* id, void* payload) {
  static_cast<std::vector<ObjectId>*>(payload)->push_back(git::FromOid(*id));
  return 0;
}

Result<std::vector<ObjectId>> ObjectsOfPack(const std::string& index) {
  git::OdbHandle odb;
  git_odb_backend* backend = nullptr;
  std::vector<ObjectId> ids;
  int code = git_odb_new(git::Out(odb));
  if (code == 0) code = git_odb_backend_one_pack(&backend, index.c_str());
  if (code == 0) code = git_odb_add_backend(odb.get(), backend, 1);
  if (code == 0) code = git_odb_foreach(odb.get(), CollectId, &ids);
  if (code != 0) return GitError(code, "pack cannot be read", index);
  return ids;
}

/// Paths of loose objects with their ids.
std::vector<std::pair<std::string, ObjectId>> ListLoose(const std::string& objects_directory) {
  std::vector<std::pair<std::string, ObjectId>> loose;
  std::error_code error;
  for (fs::directory_iterator it(objects_directory, error), end; !error && it != end;
       it.increment(error)) {
    const std::string shard = it->path().filename().string();
    if (shard.size() != 2) continue;
    std::error_code inner;
    for (fs::directory_iterator file(it->path(), inner), last; !inner && file != last;
         file.increment(inner)) {
      const auto id = ObjectId::FromHex(shard + file->path().filename().string());
      if (id) loose.emplace_back(file->path().string(), *id);
    }
  }
  return loose;
}

/// Writes one pack with all of `ids` and returns the path of its index.
Result<std::string> WriteMergedPack(GitRepository& mirror, const std::vector<ObjectId>& ids) {
  git::PackBuilderHandle builder;
  int code = git_packbuilder_new(git::Out(builder), mirror.raw());
  for (std::size_t i = 0; code == 0 && i < ids.size(); ++i) {
    const git_oid oid = git::ToOid(ids[i]);
    code = git_packbuilder_insert(builder.get(), &oid, nullptr);
  }
  if (code == 0) code = git_packbuilder_write(builder.get(), nullptr, 0, nullptr, nullptr);
  if (code != 0) return GitError(code, "packs cannot be merged", mirror.ObjectsDirectory());
  const std::string name = git_packbuilder_name(builder.get());
  return mirror.ObjectsDirectory() + "/pack/pack-" + name + ".idx";
}

}  // namespace

bool NeedsConsolidation(const std::string& objects_directory, const ConsolidationLimits& limits) {
  return ListPackIndexes(objects_directory).size() > limits.packs ||
         EstimateLooseObjects(objects_directory) > limits.loose_objects;
}

Status Consolidate(GitRepository& mirror) {
  const std::string objects = mirror.ObjectsDirectory();
  const std::vector<Pack> packs = ChoosePacks(objects);
  const auto loose = ListLoose(objects);
  std::vector<ObjectId> ids;
  for (const Pack& pack : packs) {
    ASSIGN_OR_RETURN(const std::vector<ObjectId> part, ObjectsOfPack(pack.index));
    ids.insert(ids.end(), part.begin(), part.end());
  }
  for (const auto& [path, id] : loose) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  if (ids.empty() || packs.size() + loose.size() < 2) return {};

  ASSIGN_OR_RETURN(const std::string merged, WriteMergedPack(mirror, ids));
  ASSIGN_OR_RETURN(std::vector<ObjectId> written, ObjectsOfPack(merged));
  std::sort(written.begin(), written.end());
  if (!std::includes(written.begin(), written.end(), ids.begin(), ids.end())) {
    return MakeError(ErrorKind::kCorruption, "merged pack is not complete", merged);
  }
  // The index goes first: without it nobody looks for the pack.
  for (const Pack& pack : packs) {
    if (pack.index == merged) continue;
    unlink(pack.index.c_str());
    unlink(PackOf(pack.index).c_str());
    unlink(fs::path(pack.index).replace_extension(".rev").c_str());
  }
  for (const auto& [path, id] : loose) unlink(path.c_str());
  return {};
}

}  // namespace gitops
