// JsonDocument: a webhook's body as JSON that was checked as a whole, and typed looks into it. What
// is missing, null or of another type is nullopt: nothing here throws or fails half way.
// Immutable; a JsonView is valid as long as its document.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace gitops {

/// How deep arrays and objects may be nested.
inline constexpr std::size_t kJsonDepth = 64;

class JsonView {
 public:
  bool IsObject() const;
  /// The field of an object; nullopt too when it is null. Of two with one name, the first.
  std::optional<JsonView> Find(std::string_view name) const;
  std::optional<JsonView> Object(std::string_view name) const;
  std::optional<std::vector<JsonView>> List(std::string_view name) const;
  std::optional<std::string_view> Text(std::string_view name) const;
  std::optional<std::int64_t> Number(std::string_view name) const;
  std::optional<bool> Flag(std::string_view name) const;

  std::optional<std::string_view> AsText() const;

 private:
  friend class JsonDocument;
  friend struct JsonViewAccess;
  JsonView() = default;
  /// A cursor of the JSON library; only webhook_json.cc knows its type.
  alignas(std::max_align_t) std::array<std::byte, 16> cursor_{};
};

class JsonDocument {
 public:
  /// Errors: kInvalid: no JSON (RFC 8259), not UTF-8, more after the first value, nested deeper
  /// than kJsonDepth. The text may be forgotten afterwards.
  static Result<JsonDocument> Parse(std::string_view text);

  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  JsonView root() const;

 private:
  struct Parsed;
  /// Memory of a document that this thread has done with; may be null.
  static std::unique_ptr<Parsed>& Spare();
  explicit JsonDocument(std::unique_ptr<Parsed> parsed);
  std::unique_ptr<Parsed> parsed_;
};

}  // namespace gitops
