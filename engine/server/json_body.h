// JsonBody: the body of an API request: one flat JSON object of texts, whole numbers, booleans and
// lists of texts, with known members only. Read with limits; json_body.cc is the only file that
// sees the JSON library. Pure values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/server/http_message.h"

namespace gitops {

enum class JsonKind { kText, kWhole, kBoolean, kTexts };

struct JsonMember {
  std::string_view name;
  JsonKind kind = JsonKind::kText;
  bool required = false;
};

class JsonBody {
 public:
  /// Nested values deeper than this are refused before they are built.
  static constexpr int kDeepest = 16;

  /// Reads `text`; an empty one is an empty object. Returns what is wrong: 400 for what is no JSON
  /// (with the offset of the byte), too deep, or names a member twice; 422 for a member that is
  /// unknown, missing, null, or of another kind.
  static std::variant<JsonBody, Problem> Read(std::string_view text,
                                              std::span<const JsonMember> members);

  bool Has(std::string_view name) const { return values_.find(name) != values_.end(); }
  /// "", 0, false and {} when the member is not there. REQUIRES: the kind that was read.
  std::string Text(std::string_view name) const;
  std::int64_t Whole(std::string_view name) const;
  bool Boolean(std::string_view name) const;
  std::vector<std::string> Texts(std::string_view name) const;

 private:
  using Value = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;
  friend class JsonBodyReader;

  std::map<std::string, Value, std::less<>> values_;
};

}  // namespace gitops
