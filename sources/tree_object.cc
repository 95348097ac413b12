#include "sources/tree_object.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "engine/model/git_object.h"

namespace gitops {
namespace {

constexpr std::uint32_t kTypeMask = 0170000;

std::optional<EntryKind> KindOfMode(std::uint32_t mode) {
  switch (mode & kTypeMask) {
    case 0040000:
      return EntryKind::kDirectory;
    case 0120000:
      return EntryKind::kSymlink;
    case 0160000:
      return EntryKind::kSubmodule;
    case 0100000:
      return (mode & 0111U) != 0 ? EntryKind::kExecutable : EntryKind::kFile;
    default:
      return std::nullopt;
  }
}

Error BrokenTree(std::string_view why) {
  return MakeError(ErrorKind::kCorruption, "broken tree object", std::string(why));
}

bool InOrder(std::string_view a, EntryKind a_kind, std::string_view b, EntryKind b_kind) {
  const std::size_t common = std::min(a.size(), b.size());
  const int order = std::memcmp(a.data(), b.data(), common);
  if (order != 0) return order < 0;
  const auto next = [common](std::string_view name, EntryKind kind) -> unsigned {
    if (name.size() > common) return static_cast<unsigned char>(name[common]);
    return kind == EntryKind::kDirectory ? '/' : 0;
  };
  return next(a, a_kind) < next(b, b_kind);
}

/// One entry in the bytes of a tree.
struct EntryView {
  std::string_view name;
  EntryKind kind = EntryKind::kFile;
  std::string_view id;  ///< Its bytes.
};

/// Takes a mode and the space behind it off the front of `bytes`.
std::optional<std::uint32_t> TakeMode(std::string_view& bytes) {
  std::uint32_t mode = 0;
  std::size_t at = 0;
  while (at < bytes.size() && bytes[at] >= '0' && bytes[at] <= '7' && at < 7) {
    mode = mode * 8 + static_cast<std::uint32_t>(bytes[at] - '0');
    ++at;
  }
  if (at == 0 || at >= bytes.size() || bytes[at] != ' ') return std::nullopt;
  bytes.remove_prefix(at + 1);
  return mode;
}

/// Takes one entry off the front of `bytes`. A directory may have 100,000: nothing is copied.
Status TakeEntry(std::string_view& bytes, EntryView& entry) {
  const std::optional<std::uint32_t> mode = TakeMode(bytes);
  if (!mode) return BrokenTree("a mode is not octal");
  const std::size_t end = bytes.find('\0');
  if (end == std::string_view::npos || end == 0) return BrokenTree("a name is missing");
  if (bytes.size() - end - 1 < ObjectId::kSize) return BrokenTree("it is cut off");
  entry.name = bytes.substr(0, end);
  if (entry.name.find('/') != std::string_view::npos) return BrokenTree("a name holds \"/\"");
  const std::optional<EntryKind> kind = KindOfMode(*mode);
  if (!kind) return BrokenTree("\"" + std::string(entry.name) + "\" has an unknown mode");
  entry.kind = *kind;
  entry.id = bytes.substr(end + 1, ObjectId::kSize);
  bytes.remove_prefix(end + 1 + ObjectId::kSize);
  return {};
}

void Append(const EntryView& entry, TreeEntries& entries) {
  std::array<std::uint8_t, ObjectId::kSize> id{};
  std::memcpy(id.data(), entry.id.data(), id.size());
  TreeEntry& added = entries.emplace_back();
  added.name = entry.name;
  added.kind = entry.kind;
  added.id = ObjectId(id);
}

}  // namespace

bool InTreeOrder(const TreeEntry& a, const TreeEntry& b) {
  return InOrder(a.name, a.kind, b.name, b.kind);
}

Result<TreeEntries> ParseTree(std::string_view bytes) {
  TreeEntries entries;
  entries.reserve(bytes.size() / 32);  // An entry with a name of five letters; most are longer.
  EntryView before;
  EntryView entry;
  while (!bytes.empty()) {
    RETURN_IF_ERROR(TakeEntry(bytes, entry));
    if (!entries.empty() && !InOrder(before.name, before.kind, entry.name, entry.kind)) {
      return BrokenTree("\"" + std::string(entry.name) + "\" is not in order");
    }
    Append(entry, entries);
    before = entry;
  }
  return entries;
}

std::string EncodeTree(TreeEntries entries) {
  std::sort(entries.begin(), entries.end(), InTreeOrder);
  std::string bytes;
  for (const TreeEntry& entry : entries) {
    bytes += GitMode(entry.kind);
    bytes += ' ';
    bytes += entry.name;
    bytes += '\0';
    bytes.append(reinterpret_cast<const char*>(entry.id.bytes().data()), ObjectId::kSize);
  }
  return bytes;
}

const TreeEntry* FindEntry(const TreeEntries& entries, std::string_view name) {
  // A name can stand at two places of the order, as a file or as a directory; look at both.
  for (const EntryKind kind : {EntryKind::kFile, EntryKind::kDirectory}) {
    const auto found = std::lower_bound(entries.begin(), entries.end(), name,
                                        [kind](const TreeEntry& entry, std::string_view wanted) {
                                          return InOrder(entry.name, entry.kind, wanted, kind);
                                        });
    if (found != entries.end() && found->name == name) return &*found;
  }
  return nullptr;
}

}  // namespace gitops
