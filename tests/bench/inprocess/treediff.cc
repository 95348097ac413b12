// The engine's comparison of two trees against a bare merge-walk and against libgit2's own. Every
// run opens the repository anew, as a pass does.
#include <git2.h>

#include <memory>
#include <string>

#include "sources/git_library.h"
#include "sources/git_repository.h"
#include "sources/tree_walk.h"
#include "tests/bench/inprocess/merge_walk.h"
#include "tests/bench/inprocess/rounds.h"

namespace gitops::bench {
namespace {

template <typename T, void (*Free)(T*)>
struct Freed {
  void operator()(T* handle) const { Free(handle); }
};
template <typename T, void (*Free)(T*)>
using Handle = std::unique_ptr<T, Freed<T, Free>>;

using RepositoryHandle = Handle<git_repository, git_repository_free>;
using CommitHandle = Handle<git_commit, git_commit_free>;
using TreeHandle = Handle<git_tree, git_tree_free>;
using DiffHandle = Handle<git_diff, git_diff_free>;
using OdbHandle = Handle<git_odb, git_odb_free>;

void Check(int code) {
  if (code < 0) Give(git_error_last() != nullptr ? git_error_last()->message : "libgit2 failed");
}

RepositoryHandle Open(const std::string& path) {
  git_repository* raw = nullptr;
  Check(git_repository_open_bare(&raw, path.c_str()));
  return RepositoryHandle(raw);
}

TreeHandle TreeOf(git_repository* repository, const std::string& commit) {
  git_oid id;
  Check(git_oid_fromstr(&id, commit.c_str()));
  git_commit* raw_commit = nullptr;
  Check(git_commit_lookup(&raw_commit, repository, &id));
  const CommitHandle owned(raw_commit);
  git_tree* raw = nullptr;
  Check(git_commit_tree(&raw, raw_commit));
  return TreeHandle(raw);
}

ObjectId IdOf(const git_oid& id) {
  char hex[GIT_OID_HEXSZ + 1];
  git_oid_tostr(hex, sizeof(hex), &id);
  const auto parsed = ObjectId::FromHex(hex);
  if (!parsed) Give("libgit2 gave no object id");
  return *parsed;
}

std::size_t WithEngine(const std::string& path, const ObjectId& from, const ObjectId& to) {
  auto repository = GitRepository::Open(path, nullptr);
  if (!repository) Give(repository.error().ToString());
  const auto compared = CompareTrees(**repository, from, to, "");
  if (!compared) Give(compared.error().ToString());
  return compared->added.size() + compared->changed.size() + compared->removed.size();
}

std::size_t WithMergeWalk(const std::string& path, const git_oid& from, const git_oid& to) {
  const RepositoryHandle repository = Open(path);
  git_odb* raw = nullptr;
  Check(git_repository_odb(&raw, repository.get()));
  const OdbHandle odb(raw);
  return CountDifferentFiles(raw, from, to);
}

std::size_t WithLibgit2(const std::string& path, const std::string& from, const std::string& to) {
  const RepositoryHandle repository = Open(path);
  const TreeHandle a = TreeOf(repository.get(), from);
  const TreeHandle b = TreeOf(repository.get(), to);
  git_diff* raw = nullptr;
  Check(git_diff_tree_to_tree(&raw, repository.get(), a.get(), b.get(), nullptr));
  const DiffHandle diff(raw);
  return git_diff_num_deltas(raw);
}

}  // namespace

void MeasureTreeDiff(const std::string& repository, const std::string& from, const std::string& to,
                     int runs) {
  const auto library = GitLibrary::Start();
  if (!library) Give(library.error().ToString());
  git_oid from_id;
  git_oid to_id;
  {
    const RepositoryHandle opened = Open(repository);
    git_oid_cpy(&from_id, git_tree_id(TreeOf(opened.get(), from).get()));
    git_oid_cpy(&to_id, git_tree_id(TreeOf(opened.get(), to).get()));
  }
  const ObjectId a = IdOf(from_id);
  const ObjectId b = IdOf(to_id);
  const std::size_t found = WithLibgit2(repository, from, to);
  // Branches of the bench change one file of each app.
  const auto expect = [found](std::size_t other, const char* who) {
    if (other != found) Give(std::string(who) + " finds other differences than libgit2");
  };
  RunRounds(
      {{"merge-walk of the engine", [&] { expect(WithEngine(repository, a, b), "the engine"); }},
       {"bare merge-walk",
        [&] { expect(WithMergeWalk(repository, from_id, to_id), "the yardstick"); }},
       {"git_diff_tree_to_tree", [&] { WithLibgit2(repository, from, to); }}},
      runs);
}

}  // namespace gitops::bench
