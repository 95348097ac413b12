#include "sources/webhook_json.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace gitops {

namespace dom = simdjson::dom;

static_assert(sizeof(dom::element) <= 16 && std::is_trivially_copyable_v<dom::element>);

/// Turns the library's cursors into JsonViews and back.
struct JsonViewAccess {
  static JsonView Wrap(const dom::element& element) {
    JsonView view;
    std::memcpy(view.cursor_.data(), &element, sizeof(element));
    return view;
  }
  static dom::element Unwrap(const JsonView& view) {
    dom::element element;
    std::memcpy(&element, view.cursor_.data(), sizeof(element));
    return element;
  }
  template <typename T>
  static std::optional<T> Get(const JsonView& view) {
    T value{};
    if (Unwrap(view).get(value) != simdjson::SUCCESS) return std::nullopt;
    return value;
  }
};

struct JsonDocument::Parsed {
  dom::parser parser;
  dom::element root;
};

namespace {

/// Memory for bodies of a usual length is asked for in this size, …
constexpr std::size_t kUsualBytes = 32 * 1024;
/// … and kept, with that of bodies up to this one, for the next body: a parser needs thirteen times
/// as many bytes as its text, which are taken from the system and given back otherwise.
constexpr std::size_t kKeptBytes = 4 * kUsualBytes;

}  // namespace

std::unique_ptr<JsonDocument::Parsed>& JsonDocument::Spare() {
  thread_local std::unique_ptr<Parsed> spare;
  return spare;
}

bool JsonView::IsObject() const { return JsonViewAccess::Get<dom::object>(*this).has_value(); }

std::optional<JsonView> JsonView::Find(std::string_view name) const {
  const auto object = JsonViewAccess::Get<dom::object>(*this);
  dom::element found;
  if (!object || object->at_key(name).get(found) != simdjson::SUCCESS) return std::nullopt;
  if (found.is_null()) return std::nullopt;
  return JsonViewAccess::Wrap(found);
}

std::optional<JsonView> JsonView::Object(std::string_view name) const {
  auto found = Find(name);
  if (!found || !found->IsObject()) return std::nullopt;
  return found;
}

std::optional<std::vector<JsonView>> JsonView::List(std::string_view name) const {
  const auto found = Find(name);
  if (!found) return std::nullopt;
  const auto array = JsonViewAccess::Get<dom::array>(*found);
  if (!array) return std::nullopt;
  std::vector<JsonView> items;
  for (const dom::element item : *array) items.push_back(JsonViewAccess::Wrap(item));
  return items;
}

std::optional<std::string_view> JsonView::AsText() const {
  return JsonViewAccess::Get<std::string_view>(*this);
}

std::optional<std::string_view> JsonView::Text(std::string_view name) const {
  const auto found = Find(name);
  return found ? found->AsText() : std::nullopt;
}

std::optional<std::int64_t> JsonView::Number(std::string_view name) const {
  const auto found = Find(name);
  return found ? JsonViewAccess::Get<std::int64_t>(*found) : std::nullopt;
}

std::optional<bool> JsonView::Flag(std::string_view name) const {
  const auto found = Find(name);
  return found ? JsonViewAccess::Get<bool>(*found) : std::nullopt;
}

Result<JsonDocument> JsonDocument::Parse(std::string_view text) {
  // The library copies from the pointer it gets, and an empty view may have none.
  if (text.empty()) return MakeError(ErrorKind::kInvalid, "the body is no JSON", "it is empty");
  auto parsed = std::move(Spare());
  if (!parsed) parsed = std::make_unique<Parsed>();
  simdjson::error_code error = simdjson::SUCCESS;
  if (parsed->parser.capacity() < text.size()) {
    error = parsed->parser.allocate(std::max(text.size(), kUsualBytes), kJsonDepth + 1);
  }
  if (error == simdjson::SUCCESS) {
    error = parsed->parser.parse(text.data(), text.size()).get(parsed->root);
  }
  if (error == simdjson::SUCCESS) return JsonDocument(std::move(parsed));
  if (error == simdjson::MEMALLOC) {
    return MakeError(ErrorKind::kTransient, "no memory for the body");
  }
  if (error == simdjson::DEPTH_ERROR) {
    return MakeError(ErrorKind::kInvalid, "the body is nested too deeply",
                     "more than " + std::to_string(kJsonDepth) + " levels");
  }
  return MakeError(ErrorKind::kInvalid, "the body is no JSON");
}

JsonDocument::JsonDocument(std::unique_ptr<Parsed> parsed) : parsed_(std::move(parsed)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;

JsonDocument::~JsonDocument() {
  if (parsed_ && parsed_->parser.capacity() <= kKeptBytes) Spare() = std::move(parsed_);
}

JsonView JsonDocument::root() const { return JsonViewAccess::Wrap(parsed_->root); }

}  // namespace gitops
