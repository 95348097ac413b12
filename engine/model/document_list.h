// WriteList: the lists of documents, each item written by a function. Pure.
#pragma once

#include <string_view>

#include "engine/model/document_writer.h"

namespace gitops {

/// A member that is a list: `write` writes the value of each item.
template <typename Items, typename Write>
void WriteList(DocumentWriter& writer, std::string_view name, const Items& items, Write write) {
  writer.Key(name);
  writer.BeginList();
  for (const auto& item : items) write(item);
  writer.EndList();
}

/// A list of objects: `members` writes what stands in the object of each item.
template <typename Items, typename Members>
void WriteObjects(DocumentWriter& writer, std::string_view name, const Items& items,
                  Members members) {
  WriteList(writer, name, items, [&](const auto& item) {
    writer.BeginObject();
    members(item);
    writer.EndObject();
  });
}

}  // namespace gitops
