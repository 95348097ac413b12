#include "tests/bench/inprocess/merge_walk.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

#include "tests/bench/inprocess/rounds.h"

namespace gitops::bench {
namespace {

using Object = std::unique_ptr<git_odb_object, decltype(&git_odb_object_free)>;

/// One entry after the other of a tree's raw bytes.
class Cursor {
 public:
  Cursor(git_odb* odb, const git_oid& id) : object_(nullptr, &git_odb_object_free) {
    git_odb_object* raw = nullptr;
    if (git_odb_read(&raw, odb, &id) != 0) Give("a tree cannot be read");
    object_.reset(raw);
    rest_ = {static_cast<const char*>(git_odb_object_data(raw)), git_odb_object_size(raw)};
    Next();
  }
  bool done() const { return name_.empty(); }
  bool directory() const { return directory_; }
  std::string_view name() const { return name_; }
  const git_oid& id() const { return id_; }

  void Next() {
    name_ = {};
    if (rest_.empty()) return;
    directory_ = rest_.front() == '4';
    const std::size_t space = rest_.find(' ');
    const std::size_t end = rest_.find('\0', space);
    name_ = rest_.substr(space + 1, end - space - 1);
    std::memcpy(id_.id, rest_.data() + end + 1, GIT_OID_RAWSZ);
    rest_.remove_prefix(end + 1 + GIT_OID_RAWSZ);
  }

 private:
  Object object_;
  std::string_view rest_;
  std::string_view name_;
  git_oid id_{};
  bool directory_ = false;
};

/// Git's order: a directory's name counts as ending in '/'.
int Order(const Cursor& a, const Cursor& b) {
  const std::size_t common = std::min(a.name().size(), b.name().size());
  const int order = std::memcmp(a.name().data(), b.name().data(), common);
  if (order != 0) return order;
  const auto after = [common](const Cursor& c) {
    return c.name().size() > common ? static_cast<unsigned char>(c.name()[common])
                                    : static_cast<unsigned char>(c.directory() ? '/' : 0);
  };
  return after(a) - after(b);
}

std::size_t CountFiles(git_odb* odb, const Cursor& entry) {
  if (!entry.directory()) return 1;
  std::size_t files = 0;
  for (Cursor below(odb, entry.id()); !below.done(); below.Next()) files += CountFiles(odb, below);
  return files;
}

}  // namespace

std::size_t CountDifferentFiles(git_odb* odb, const git_oid& from, const git_oid& to) {
  std::size_t files = 0;
  Cursor a(odb, from);
  Cursor b(odb, to);
  while (!a.done() || !b.done()) {
    const int order = a.done() ? 1 : b.done() ? -1 : Order(a, b);
    if (order < 0) {
      files += CountFiles(odb, a);
      a.Next();
    } else if (order > 0) {
      files += CountFiles(odb, b);
      b.Next();
    } else {
      if (git_oid_equal(&a.id(), &b.id()) == 0) {
        files += a.directory() ? CountDifferentFiles(odb, a.id(), b.id()) : 1;
      }
      a.Next();
      b.Next();
    }
  }
  return files;
}

}  // namespace gitops::bench
