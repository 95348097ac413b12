// Tree objects: what is read from a tree's bytes can be written and read again, and is found by
// name.
#include "sources/tree_object.h"

#include "tests/fuzz/property.h"
#include "tests/fuzz/targets.h"

namespace gitops::fuzz {

void FuzzTreeObject(std::string_view bytes) {
  const Result<TreeEntries> entries = ParseTree(bytes);
  if (!entries) {
    Require(entries.error().kind == ErrorKind::kCorruption, "a broken tree is corruption");
    return;
  }
  const std::string encoded = EncodeTree(*entries);
  const Result<TreeEntries> again = ParseTree(encoded);
  Require(again && *again == *entries, "what was written reads back as the same entries");
  for (std::size_t i = 0; i < entries->size(); ++i) {
    const TreeEntry& entry = (*entries)[i];
    Require(!entry.name.empty() && entry.name.find('/') == std::string::npos, "a name is one name",
            entry.name);
    const TreeEntry* found = FindEntry(*entries, entry.name);
    Require(found != nullptr && found->name == entry.name, "an entry is found by its name",
            entry.name);
    Require(i == 0 || InTreeOrder((*entries)[i - 1], entry), "entries are in order", entry.name);
  }
}

}  // namespace gitops::fuzz
