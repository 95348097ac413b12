#include "sources/webhook_reading.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "sources/source_url.h"

namespace gitops {
namespace {

constexpr std::size_t kShortestCommit = 7;
constexpr std::size_t kLongestCommit = 64;
/// More than any person pushes by hand; a longer list says no more than "everything".
constexpr std::size_t kMostFiles = 10'000;

}  // namespace

Error BadPayload(std::string_view part, std::string_view why) {
  return MakeError(ErrorKind::kInvalid, "not a payload of this event",
                   std::string(part) + " " + std::string(why));
}

Result<RefChange> ReadShortRef(RefKind kind, std::string_view name) {
  // The message of the check would quote the name.
  if (!CheckRefName(name)) return BadPayload("the ref", "has a name that Git does not allow");
  RefChange change;
  change.kind = kind;
  change.name = name;
  return change;
}

Result<std::optional<RefChange>> ReadFullRef(std::string_view ref) {
  for (const auto& [prefix, kind] : {std::pair(std::string_view("refs/heads/"), RefKind::kBranch),
                                     std::pair(std::string_view("refs/tags/"), RefKind::kTag)}) {
    if (!ref.starts_with(prefix)) continue;
    ASSIGN_OR_RETURN(RefChange change, ReadShortRef(kind, ref.substr(prefix.size())));
    return std::optional<RefChange>(std::move(change));
  }
  return std::optional<RefChange>();
}

Result<std::string> ReadCommit(std::string_view part, const JsonView& object,
                               std::string_view name) {
  const auto found = object.Find(name);
  if (!found) return std::string();
  const auto text = found->AsText();
  if (!text) return BadPayload(part, "is no text");
  if (text->empty()) return std::string();
  const bool hex = std::all_of(text->begin(), text->end(), [](char c) {
    return std::isxdigit(static_cast<unsigned char>(c)) != 0;
  });
  if (!hex || text->size() < kShortestCommit || text->size() > kLongestCommit) {
    return BadPayload(part, "is no commit id");
  }
  if (text->find_first_not_of('0') == std::string_view::npos) return std::string();
  return std::string(*text);
}

Status ReadEnds(const JsonView& object, std::string_view before, std::string_view after,
                RefChange& change) {
  ASSIGN_OR_RETURN(change.before, ReadCommit("the commit before", object, before));
  ASSIGN_OR_RETURN(change.after, ReadCommit("the commit after", object, after));
  const bool says_both = object.Text(before).has_value() && object.Text(after).has_value();
  change.created = says_both && change.before.empty() && !change.after.empty();
  change.deleted = says_both && change.after.empty();
  return {};
}

std::optional<std::vector<std::string>> ReadChangedFiles(const JsonView& push,
                                                         const RefChange& change,
                                                         std::optional<std::int64_t> total) {
  if (change.before.empty() || change.after.empty() || change.forced) return std::nullopt;
  const auto commits = push.List("commits");
  if (!commits || commits->empty()) return std::nullopt;
  if (total && *total > static_cast<std::int64_t>(commits->size())) return std::nullopt;
  std::set<std::string, std::less<>> files;
  for (const JsonView& commit : *commits) {
    for (const std::string_view key : {"added", "modified", "removed"}) {
      const auto list = commit.List(key);
      if (!list) return std::nullopt;
      for (const JsonView& item : *list) {
        const auto file = item.AsText();
        if (!file || files.size() >= kMostFiles) return std::nullopt;
        files.emplace(*file);
      }
    }
  }
  return std::vector<std::string>(files.begin(), files.end());
}

std::string TextOrNothing(const JsonView& object, std::string_view name) {
  return std::string(object.Text(name).value_or(std::string_view()));
}

}  // namespace gitops
