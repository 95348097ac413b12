// AnswerReader: reads members of a JSON object of an answer and notes when one is missing or of
// another kind, so that an answer is refused as a whole; and the values that answers have in
// common. Used by one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/model/report.h"
#include "sources/webhook_json.h"

namespace gitops {

class AnswerReader {
 public:
  explicit AnswerReader(JsonView view) : view_(view) {}

  bool good() const { return good_; }
  void Fail() { good_ = false; }

  std::string Text(std::string_view name) {
    const auto text = view_.Text(name);
    if (!text) Fail();
    return std::string(text.value_or(""));
  }
  /// "" for null.
  std::string TextOrNull(std::string_view name) { return OptionalText(name).value_or(""); }
  std::int64_t Number(std::string_view name) {
    const auto number = view_.Number(name);
    if (!number) Fail();
    return number.value_or(0);
  }
  /// Where null and empty are told apart.
  std::optional<std::string> OptionalText(std::string_view name) {
    const auto text = view_.Text(name);
    if (!text && view_.Find(name)) Fail();
    return text ? std::optional(std::string(*text)) : std::nullopt;
  }
  std::optional<std::int64_t> OptionalNumber(std::string_view name) {
    const auto number = view_.Number(name);
    if (!number && view_.Find(name)) Fail();
    return number;
  }
  /// 0 for null.
  std::int64_t NumberOrNull(std::string_view name) { return OptionalNumber(name).value_or(0); }
  bool Flag(std::string_view name) {
    const auto flag = view_.Flag(name);
    if (!flag) Fail();
    return flag.value_or(false);
  }
  std::vector<std::string> Texts(std::string_view name) {
    std::vector<std::string> texts;
    for (const JsonView& item : List(name)) {
      const auto text = item.AsText();
      if (!text) Fail();
      texts.emplace_back(text.value_or(""));
    }
    return texts;
  }
  std::vector<JsonView> List(std::string_view name) {
    auto list = view_.List(name);
    if (!list) Fail();
    return list ? *std::move(list) : std::vector<JsonView>();
  }

  /// A name of a closed set.
  template <typename Value, typename Parse>
  void Name(std::string_view name, Value& value, const Parse& parse) {
    const auto parsed = parse(view_.Text(name).value_or(""));
    if (!parsed) return Fail();
    value = *parsed;
  }
  /// Each item of a list through `read(AnswerReader&, Item&)`.
  template <typename Item, typename Read>
  std::vector<Item> Items(std::string_view name, const Read& read) {
    std::vector<Item> items;
    for (const JsonView& view : List(name)) {
      AnswerReader reader(view);
      read(reader, items.emplace_back());
      if (!view.IsObject() || !reader.good()) Fail();
    }
    return items;
  }
  /// Null when `name` is.
  template <typename Item, typename Read>
  bool Object(std::string_view name, Item& item, const Read& read) {
    const auto view = view_.Object(name);
    if (!view && view_.Find(name)) Fail();
    if (!view) return false;
    AnswerReader reader(*view);
    read(reader, item);
    if (!reader.good()) Fail();
    return true;
  }

 private:
  JsonView view_;
  bool good_ = true;
};

std::optional<Verdict> ParseVerdict(std::string_view text);
std::optional<ErrorKind> ParseErrorKind(std::string_view text);
/// Not touched for null.
void ReadRevision(AnswerReader& reader, std::string_view name, Revision& revision);
void ReadDiagnostic(AnswerReader& reader, Diagnostic& diagnostic);
void ReadError(AnswerReader& reader, std::optional<Error>& error);

/// What is said of an answer that does not have the shape it should have.
Error NotUnderstood(const std::string& why);

}  // namespace gitops
