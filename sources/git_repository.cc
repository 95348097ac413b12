#include "sources/git_repository.h"

#include <git2/sys/mempack.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "engine/model/git_object.h"
#include "engine/os/atomic_file.h"
#include "sources/git_error.h"
#include "sources/git_handle.h"
#include "sources/mirror_files.h"
#include "sources/odb_lanes.h"
#include "sources/repository_error.h"
#include "sources/tree_cache.h"

namespace gitops {

std::string_view ToString(ObjectType type) {
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

namespace {

constexpr std::size_t kTreeBytes = std::size_t{64} << 20U;
constexpr std::size_t kCommitBytes = std::size_t{64} << 20U;

git_object_t ToGit(ObjectType type) {
  switch (type) {
    case ObjectType::kCommit:
      return GIT_OBJECT_COMMIT;
    case ObjectType::kTree:
      return GIT_OBJECT_TREE;
    case ObjectType::kBlob:
      return GIT_OBJECT_BLOB;
    case ObjectType::kTag:
      return GIT_OBJECT_TAG;
  }
  CHECK(false);
}

std::optional<ObjectType> FromGit(git_object_t type) {
  switch (type) {
    case GIT_OBJECT_COMMIT:
      return ObjectType::kCommit;
    case GIT_OBJECT_TREE:
      return ObjectType::kTree;
    case GIT_OBJECT_BLOB:
      return ObjectType::kBlob;
    case GIT_OBJECT_TAG:
      return ObjectType::kTag;
    default:
      return std::nullopt;
  }
}

std::string ObjectsDirectoryOf(git_repository* repository) {
  return std::string(git_repository_commondir(repository)) + "objects";
}

}  // namespace

struct GitRepository::Impl {
  std::string path;
  std::string alternate;             ///< The last one that was added, for messages.
  git::RepositoryHandle repository;  ///< Guarded by the first lane.
  std::unique_ptr<OdbLanes> lanes;
  WorkCounters* counters = nullptr;
  TreeCache cache;
};

GitRepository::GitRepository(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GitRepository::~GitRepository() = default;

Result<std::shared_ptr<GitRepository>> GitRepository::Open(const std::string& path,
                                                           WorkCounters* counters) {
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->counters = counters;
  int code = git_repository_open_ext(git::Out(impl->repository), path.c_str(),
                                     GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
  if (code != 0) return OpenRepositoryError(code, path);
  git::OdbHandle odb;
  code = git_repository_odb(git::Out(odb), impl->repository.get());
  if (code != 0) return GitError(code, "repository cannot be opened", path);
  impl->lanes =
      std::make_unique<OdbLanes>(std::move(odb), ObjectsDirectoryOf(impl->repository.get()));
  return std::shared_ptr<GitRepository>(new GitRepository(std::move(impl)));
}

Status GitRepository::CreateBare(const std::string& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) return {};
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  if (std::filesystem::create_directories(parent, error)) chmod(parent.c_str(), 0700);
  ASSIGN_OR_RETURN(const UnfinishedMirror unfinished, StartMirror(path));
  const std::string& temporary = unfinished.path;
  {
    git_repository_init_options options{};
    git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
    options.flags = GIT_REPOSITORY_INIT_BARE;
    options.initial_head = "none";
    git::RepositoryHandle repository;
    const int code = git_repository_init_ext(git::Out(repository), temporary.c_str(), &options);
    if (code != 0) {
      Error failure = GitError(code, "mirror cannot be created", path);
      std::filesystem::remove_all(temporary, error);
      failure.kind = ErrorKind::kTransient;
      return failure;
    }
  }
  // Its files have to be there before its name is: an empty mirror could not be opened again.
  if (syncfs(unfinished.claim.get()) != 0) {
    const int reason = errno;
    std::filesystem::remove_all(temporary, error);
    return MakeError(ErrorKind::kTransient, "mirror cannot be created",
                     path + ": " + std::strerror(reason));
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    std::filesystem::remove_all(temporary, error);
    if (std::filesystem::exists(path, error)) return {};  // Somebody else was faster.
    return MakeError(ErrorKind::kTransient, "mirror cannot be created",
                     path + ": " + std::strerror(reason));
  }
  return SyncDirectory(parent.string());
}

git_repository* GitRepository::raw() const { return impl_->repository.get(); }

std::string GitRepository::RepairHint() const { return FsckHint(impl_->path, impl_->alternate); }

Status GitRepository::AddAlternate(const std::string& objects_directory) {
  const int code = impl_->lanes->AddAlternate(objects_directory);
  if (code != 0) return GitError(code, "repository cannot be opened", objects_directory);
  impl_->alternate = objects_directory;
  return {};
}

std::string GitRepository::ObjectsDirectory() const {
  return ObjectsDirectoryOf(impl_->repository.get());
}

Result<bool> GitRepository::IsCheckedOut(const std::string& ref) {
  const HeldOdb held = impl_->lanes->TakeFirst();
  git::ReferenceHandle reference;
  int code = git_reference_lookup(git::Out(reference), raw(), ref.c_str());
  if (code == GIT_ENOTFOUND) return false;
  if (code == 0) code = git_branch_is_checked_out(reference.get());
  if (code < 0) return GitError(code, "ref cannot be read", ref);
  // A bare repository's HEAD names a branch too, but has no files that could fall behind.
  return code == 1 && git_repository_is_bare(raw()) == 0;
}

Result<std::optional<std::pair<ObjectType, std::size_t>>> GitRepository::Header(
    const ObjectId& id) {
  using Found = std::optional<std::pair<ObjectType, std::size_t>>;
  const git_oid oid = git::ToOid(id);
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  const HeldOdb held = impl_->lanes->Take();
  const int code = git_odb_read_header(&size, &type, held.odb, &oid);
  if (code == GIT_ENOTFOUND) return Found();
  if (code != 0) {
    return GitError(code, "broken object",
                    id.Hex() + " in " + ObjectsPlace(impl_->path, impl_->alternate), RepairHint());
  }
  const std::optional<ObjectType> known = FromGit(type);
  if (!known) {
    return MakeError(ErrorKind::kCorruption, "broken object",
                     id.Hex() + " in " + ObjectsPlace(impl_->path, impl_->alternate), RepairHint());
  }
  return Found(std::pair(*known, size));
}

Result<std::string> GitRepository::ReadRaw(const ObjectId& id, ObjectType type, std::size_t limit) {
  const auto place = [&] {
    return std::string(ToString(type)) + " " + id.Hex() + " in " +
           ObjectsPlace(impl_->path, impl_->alternate);
  };
  ASSIGN_OR_RETURN(const auto header, Header(id));
  if (!header) {
    return MakeError(ErrorKind::kNotFound, "Git object not found",
                     std::string(ToString(type)) + " " + id.Hex() + " is not in " +
                         ObjectsPlace(impl_->path, impl_->alternate),
                     RepairHint());
  }
  if (header->first != type) {
    return MakeError(ErrorKind::kCorruption, "Git object has another type",
                     id.Hex() + " is a " + std::string(ToString(header->first)) + ", not a " +
                         std::string(ToString(type)));
  }
  if (header->second > limit) {
    return MakeError(ErrorKind::kInvalid, "too large",
                     std::string(ToString(type)) + " " + id.Hex() + " has " +
                         std::to_string(header->second) + " bytes, the limit is " +
                         std::to_string(limit));
  }
  const git_oid oid = git::ToOid(id);
  const HeldOdb held = impl_->lanes->Take();
  git::OdbObjectHandle object;
  const int code = git_odb_read(git::Out(object), held.odb, &oid);
  if (code != 0) {
    Error error = GitError(code, "broken object", place(), RepairHint());
    // It was there a moment ago: whatever is said now, it cannot be read.
    if (error.kind == ErrorKind::kNotFound) error.kind = ErrorKind::kCorruption;
    return error;
  }
  if (impl_->counters != nullptr) {
    Count(impl_->counters->objects_read);
    if (type == ObjectType::kTree) Count(impl_->counters->trees_read);
  }
  const std::string_view bytes(static_cast<const char*>(git_odb_object_data(object.get())),
                               git_odb_object_size(object.get()));
  if (GitObjectId(ToString(type), bytes) != id) {
    return MakeError(ErrorKind::kCorruption, "broken object",
                     place() + ": its content does not have that id", RepairHint());
  }
  return std::string(bytes);
}

Result<std::shared_ptr<const TreeEntries>> GitRepository::ReadTree(const ObjectId& id) {
  if (auto cached = impl_->cache.Find(id)) return cached;
  static const ObjectId kEmptyTree = *ObjectId::FromHex("4b825dc642cb6eb9a060e54bf8d69288fbee4904");
  if (id == kEmptyTree) return std::make_shared<const TreeEntries>();  // Git need not store it.
  ASSIGN_OR_RETURN(const std::string bytes, ReadRaw(id, ObjectType::kTree, kTreeBytes));
  Result<TreeEntries> parsed = ParseTree(bytes);
  if (!parsed) return std::move(parsed).error().WithContext("tree " + id.Hex());
  auto entries = std::make_shared<const TreeEntries>(*std::move(parsed));
  impl_->cache.Insert(id, entries);
  return entries;
}

Result<std::string> GitRepository::ReadTreeBytes(const ObjectId& id) {
  return ReadRaw(id, ObjectType::kTree, kTreeBytes);
}

Result<std::string> GitRepository::ReadBlob(const ObjectId& id, std::size_t limit) {
  return ReadRaw(id, ObjectType::kBlob, limit);
}

Result<ObjectId> GitRepository::TreeOfCommit(const ObjectId& commit) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadRaw(commit, ObjectType::kCommit, kCommitBytes));
  if (bytes.starts_with("tree ") && bytes.size() > 45 && bytes[45] == '\n') {
    if (const auto tree = ObjectId::FromHex(std::string_view(bytes).substr(5, 40))) return *tree;
  }
  return MakeError(ErrorKind::kCorruption, "broken commit object", commit.Hex(), RepairHint());
}

Result<ObjectId> GitRepository::TargetOfTag(const ObjectId& tag) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadRaw(tag, ObjectType::kTag, kCommitBytes));
  if (bytes.starts_with("object ") && bytes.size() > 47 && bytes[47] == '\n') {
    if (const auto target = ObjectId::FromHex(std::string_view(bytes).substr(7, 40))) {
      return *target;
    }
  }
  return MakeError(ErrorKind::kCorruption, "broken tag object", tag.Hex(), RepairHint());
}

bool GitRepository::Contains(const ObjectId& id) {
  const git_oid oid = git::ToOid(id);
  const HeldOdb held = impl_->lanes->Take();
  return git_odb_exists(held.odb, &oid) == 1;
}

Result<ObjectId> GitRepository::Write(ObjectType type, std::string_view bytes) {
  git_oid oid{};
  const HeldOdb held = impl_->lanes->TakeFirst();
  const int code = git_odb_write(&oid, held.odb, bytes.data(), bytes.size(), ToGit(type));
  if (code != 0) {
    Error error = GitError(code, "mirror cannot be written", impl_->path);
    error.kind = ErrorKind::kTransient;
    return error;
  }
  return git::FromOid(oid);
}

Status GitRepository::WritePack(const std::vector<std::pair<ObjectType, std::string>>& objects) {
  // A handle of its own: a backend cannot be taken out of a handle again.
  const auto fail = [&](int code) {
    Error error = GitError(code, "mirror cannot be written", impl_->path);
    error.kind = ErrorKind::kTransient;
    return error;
  };
  git::RepositoryHandle repository;
  git::OdbHandle odb;
  int code = git_repository_open(git::Out(repository), impl_->path.c_str());
  if (code == 0) code = git_repository_odb(git::Out(odb), repository.get());
  git_odb_backend* memory = nullptr;
  if (code == 0) code = git_mempack_new(&memory);
  if (code == 0) code = git_odb_add_backend(odb.get(), memory, 1000);
  git::PackBuilderHandle builder;
  if (code == 0) code = git_packbuilder_new(git::Out(builder), repository.get());
  if (code != 0) return fail(code);
  for (const auto& [type, bytes] : objects) {
    git_oid oid{};
    code = git_odb_write(&oid, odb.get(), bytes.data(), bytes.size(), ToGit(type));
    if (code == 0) code = git_packbuilder_insert(builder.get(), &oid, nullptr);
    if (code != 0) return fail(code);
  }
  code = git_packbuilder_write(builder.get(), nullptr, 0, nullptr, nullptr);
  if (code != 0) return fail(code);
  const HeldOdb held = impl_->lanes->TakeFirst();
  code = git_odb_refresh(held.odb);
  if (code != 0) return fail(code);
  return {};
}

Result<std::optional<ObjectId>> GitRepository::ReadRef(const std::string& name) {
  const HeldOdb held = impl_->lanes->TakeFirst();
  git::ReferenceHandle reference;
  int code = git_reference_lookup(git::Out(reference), raw(), name.c_str());
  if (code == 0 && git_reference_type(reference.get()) == GIT_REFERENCE_SYMBOLIC) {
    git::ReferenceHandle resolved;
    code = git_reference_resolve(git::Out(resolved), reference.get());
    reference = std::move(resolved);
  }
  if (code == GIT_ENOTFOUND) return std::optional<ObjectId>();
  if (code != 0) {
    Error error = GitError(code, "ref cannot be read", name + " in " + impl_->path);
    return error;
  }
  const git_oid* target = git_reference_target(reference.get());
  if (target == nullptr) return std::optional<ObjectId>();
  return std::optional<ObjectId>(git::FromOid(*target));
}

Status GitRepository::WriteRef(const std::string& name, const ObjectId& target,
                               const std::optional<ObjectId>& expected) {
  const git_oid oid = git::ToOid(target);
  const HeldOdb held = impl_->lanes->TakeFirst();
  git::ReferenceHandle reference;
  int code = 0;
  if (!expected) {
    code = git_reference_create(git::Out(reference), raw(), name.c_str(), &oid, 1, nullptr);
  } else if (expected->IsZero()) {
    code = git_reference_create(git::Out(reference), raw(), name.c_str(), &oid, 0, nullptr);
    if (code == GIT_EEXISTS) code = GIT_EMODIFIED;
  } else {
    const git_oid current = git::ToOid(*expected);
    code = git_reference_create_matching(git::Out(reference), raw(), name.c_str(), &oid, 1,
                                         &current, nullptr);
  }
  if (code == 0) return {};
  Error error = GitError(code, "ref cannot be written", name + " in " + impl_->path);
  if (error.kind != ErrorKind::kConflict) error.kind = ErrorKind::kTransient;
  return error;
}

Status GitRepository::DeleteRef(const std::string& name) {
  const HeldOdb held = impl_->lanes->TakeFirst();
  const int code = git_reference_remove(raw(), name.c_str());
  if (code != 0 && code != GIT_ENOTFOUND) return GitError(code, "ref cannot be removed", name);
  return {};
}

Result<std::vector<std::string>> GitRepository::ListRefs(std::string_view prefix,
                                                         std::size_t limit) {
  const HeldOdb held = impl_->lanes->TakeFirst();
  git::ReferenceIteratorHandle iterator;
  int code = git_reference_iterator_new(git::Out(iterator), raw());
  std::vector<std::string> names;
  const char* name = nullptr;
  while (code == 0 && names.size() < limit) {
    code = git_reference_next_name(&name, iterator.get());
    if (code == 0 && std::string_view(name).starts_with(prefix)) names.emplace_back(name);
  }
  if (code != 0 && code != GIT_ITEROVER) return GitError(code, "refs cannot be read", impl_->path);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace gitops
