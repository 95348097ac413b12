// JsonWriter: a tree as JSON text, written as it comes without a tree in memory.
// Deterministic: the same calls give the same bytes. Not thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/model/document_writer.h"

namespace gitops {

/// Indented for people, or without any space between tokens and no newline at the end.
enum class JsonLayout { kIndented, kCompact };

class JsonWriter : public DocumentWriter {
 public:
  /// Appends to `out`, which outlives the writer.
  explicit JsonWriter(std::string& out, JsonLayout layout = JsonLayout::kIndented)
      : out_(out), layout_(layout) {}

  void BeginObject() override;
  void EndObject() override;
  void BeginList() override;
  void EndList() override;
  void Key(std::string_view name) override;
  void Text(std::string_view value) override;
  void Integer(std::int64_t value) override;
  void Boolean(bool value) override;
  void Null() override;

 private:
  void BeforeValue();
  void NewLine();
  void End(char bracket);

  std::string& out_;
  const JsonLayout layout_;
  std::vector<bool> has_members_;  ///< One for each open bracket.
  bool after_key_ = false;
};

/// `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD; control
/// characters, C1 codes and bidirectional overrides are written as \uXXXX, so that the text can be
/// shown on a terminal.
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace gitops
