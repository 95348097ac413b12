#include "sources/mirror_files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "sources/fetch_quarantine.h"

namespace gitops {
namespace {

namespace fs = std::filesystem;

/// Calls `visit` for each entry; a directory that cannot be read has none.
template <typename Visit>
void ForEach(const fs::path& directory, Visit&& visit) {
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    visit(*it);
  }
}

bool IsFinishedPack(const std::string& name) {
  if (!name.starts_with("pack-")) return name.starts_with("multi-pack-index");
  for (const std::string_view suffix :
       {".pack", ".idx", ".keep", ".rev", ".bitmap", ".mtimes", ".promisor"}) {
    if (name.ends_with(suffix)) return true;
  }
  return false;
}

constexpr std::string_view kUnfinishedMirror = ".new-";
constexpr std::string_view kUnfinishedObject = "tmp_object_";

/// Git's own lock and temporary names below refs/ and at the top.
void RemoveLocksBelow(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> stale;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() == ".lock") stale.push_back(it->path());
  }
  for (const fs::path& path : stale) fs::remove(path, error);
}

}  // namespace

std::int64_t BytesOfPacks(const std::string& objects_directory) {
  std::int64_t bytes = 0;
  ForEach(objects_directory + "/pack", [&](const fs::directory_entry& entry) {
    std::error_code error;
    const std::uintmax_t size = entry.file_size(error);
    if (!error) bytes += static_cast<std::int64_t>(size);
  });
  return bytes;
}

std::vector<std::string> ListPackIndexes(const std::string& objects_directory) {
  std::vector<std::string> indexes;
  ForEach(objects_directory + "/pack", [&](const fs::directory_entry& entry) {
    std::error_code error;
    if (entry.path().extension() != ".idx") return;
    if (!fs::exists(fs::path(entry.path()).replace_extension(".pack"), error)) return;
    indexes.push_back(entry.path().string());
  });
  std::sort(indexes.begin(), indexes.end());
  return indexes;
}

std::size_t EstimateLooseObjects(const std::string& objects_directory) {
  std::size_t count = 0;
  ForEach(objects_directory + "/17", [&](const fs::directory_entry&) { ++count; });
  return count * 256;
}

void RemoveFetchLeftovers(const std::string& mirror) {
  std::error_code error;
  RemoveLocksBelow(mirror + "/refs");
  std::vector<fs::path> stale;
  ForEach(mirror, [&](const fs::directory_entry& entry) {
    if (entry.path().extension() == ".lock") stale.push_back(entry.path());
    if (!entry.path().filename().string().starts_with(kQuarantinePrefix)) return;
    fs::remove_all(entry.path(), error);
  });
  ForEach(mirror + "/objects/pack", [&](const fs::directory_entry& entry) {
    if (!IsFinishedPack(entry.path().filename().string())) stale.push_back(entry.path());
  });
  ForEach(mirror + "/objects", [&](const fs::directory_entry& entry) {
    if (entry.path().filename().string().starts_with(kUnfinishedObject)) {
      stale.push_back(entry.path());
    }
  });
  for (const fs::path& path : stale) fs::remove(path, error);
}

Result<UnfinishedMirror> StartMirror(const std::string& mirror) {
  std::string path = mirror + std::string(kUnfinishedMirror) + "XXXXXX";
  const bool made = mkdtemp(path.data()) != nullptr;
  UnfinishedMirror unfinished{path, UniqueFd()};
  if (made) unfinished.claim = UniqueFd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!unfinished.claim || flock(unfinished.claim.get(), LOCK_EX | LOCK_NB) != 0) {
    return MakeError(ErrorKind::kTransient, "mirror cannot be created",
                     path + ": " + std::strerror(errno));
  }
  return unfinished;
}

void RemoveUnfinishedMirrors(const std::string& mirror) {
  const fs::path place(mirror);
  const std::string prefix = place.filename().string() + std::string(kUnfinishedMirror);
  std::vector<fs::path> found;
  ForEach(place.parent_path(), [&](const fs::directory_entry& entry) {
    if (entry.path().filename().string().starts_with(prefix)) found.push_back(entry.path());
  });
  for (const fs::path& path : found) {
    const UniqueFd claim(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!claim || flock(claim.get(), LOCK_EX | LOCK_NB) != 0) continue;
    std::error_code error;
    fs::remove_all(path, error);
  }
}

}  // namespace gitops
