// DocumentWriter: receives a tree as a stream of calls, so that one view feeds JSON and YAML alike.
// Not thread-safe; used by one command at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gitops {

/// REQUIRES of all: calls form one well-formed tree; a key comes before each value of an object.
class DocumentWriter {
 public:
  virtual ~DocumentWriter() = default;

  virtual void BeginObject() = 0;
  virtual void EndObject() = 0;
  virtual void BeginList() = 0;
  virtual void EndList() = 0;
  virtual void Key(std::string_view name) = 0;
  virtual void Text(std::string_view value) = 0;
  virtual void Integer(std::int64_t value) = 0;
  virtual void Boolean(bool value) = 0;
  virtual void Null() = 0;

  void Member(std::string_view name, std::string_view value) {
    Key(name);
    Text(value);
  }
  void Member(std::string_view name, const char* value) { Member(name, std::string_view(value)); }
  void Member(std::string_view name, const std::string& value) {
    Member(name, std::string_view(value));
  }
  void Member(std::string_view name, bool value) {
    Key(name);
    Boolean(value);
  }
  void Member(std::string_view name, std::int64_t value) {
    Key(name);
    Integer(value);
  }
  void Count(std::string_view name, std::size_t value) {
    Key(name);
    Integer(static_cast<std::int64_t>(value));
  }
  /// Null for an empty text: "not known".
  void TextOrNull(std::string_view name, std::string_view value) {
    Key(name);
    if (value.empty()) {
      Null();
    } else {
      Text(value);
    }
  }
  /// Null for 0: runs, snapshots, lines and columns count from 1.
  void NumberOrNull(std::string_view name, std::int64_t value) {
    Key(name);
    if (value == 0) {
      Null();
    } else {
      Integer(value);
    }
  }
  void Texts(std::string_view name, const std::vector<std::string>& values) {
    Key(name);
    BeginList();
    for (const std::string& value : values) Text(value);
    EndList();
  }
};

}  // namespace gitops
