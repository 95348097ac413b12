#include "sources/ref_error.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/suggest.h"

namespace gitops {
namespace {

constexpr std::string_view kHeads = "refs/heads/";
constexpr std::string_view kTags = "refs/tags/";

std::vector<std::string> ShortNames(const std::vector<std::string>& refs, std::string_view prefix) {
  std::vector<std::string> names;
  for (const std::string& ref : refs) {
    if (ref.starts_with(prefix) && !ref.ends_with("^{}"))
      names.push_back(ref.substr(prefix.size()));
  }
  return names;
}

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string_view NameOf(RefKind kind) {
  switch (kind) {
    case RefKind::kBranch:
      return "branch";
    case RefKind::kTag:
      return "tag";
    case RefKind::kCommit:
      return "commit";
  }
  CHECK(false);
}

std::string FullRefName(RefKind kind, const std::string& ref) {
  CHECK(kind != RefKind::kCommit);
  return std::string(kind == RefKind::kTag ? kTags : kHeads) + ref;
}

Error RefMissing(RefKind kind, const std::string& ref, const std::vector<std::string>& refs,
                 const std::string& repository) {
  const std::vector<std::string> branches = ShortNames(refs, kHeads);
  const std::vector<std::string> tags = ShortNames(refs, kTags);
  if (branches.empty() && tags.empty()) {
    return MakeError(ErrorKind::kNotFound, "repository is empty", repository + " has no branches",
                     "git push " + repository +
                         " HEAD:" + (kind == RefKind::kBranch ? ref : std::string("main")));
  }
  if (kind == RefKind::kCommit) {
    return MakeError(ErrorKind::kNotFound, "commit not found",
                     ref + " is on no branch or tag of " + repository);
  }
  const bool branch = kind == RefKind::kBranch;
  std::string hint = SuggestName(ref, branch ? branches : tags);
  if (Has(branch ? tags : branches, ref)) {
    hint = branch ? "a tag has that name: write \"tag: " + ref + "\""
                  : "a branch has that name: write \"branch: " + ref + "\"";
  }
  return MakeError(ErrorKind::kNotFound, branch ? "branch not found" : "tag not found",
                   "\"" + ref + "\" is not in " + repository, std::move(hint));
}

Error RefNotACommit(RefKind kind, const std::string& ref, const std::string& type) {
  return MakeError(ErrorKind::kInvalid, "ref is not a commit",
                   std::string(NameOf(kind)) + " \"" + ref + "\" points to a " + type,
                   "git tag -f " + ref + " <commit>");
}

}  // namespace gitops
