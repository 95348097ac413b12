#include "engine/server/json_body.h"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "engine/base/suggest.h"
#include "engine/server/api_problem.h"

namespace gitops {
namespace {

constexpr std::size_t kMostTexts = 1000;

std::string_view NameOf(JsonKind kind) {
  switch (kind) {
    case JsonKind::kText:
      return "a text";
    case JsonKind::kWhole:
      return "a whole number";
    case JsonKind::kBoolean:
      return "true or false";
    case JsonKind::kTexts:
      break;
  }
  return "a list of texts";
}

Problem Malformed(std::string detail) {
  return {400, std::string(kBadBody), std::move(detail), "", "send one JSON object"};
}

}  // namespace

/// Takes the parser's events; the first problem ends the reading. No tree is built.
class JsonBodyReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit JsonBodyReader(std::span<const JsonMember> members) : members_(members) {}

  bool null() override { return Misfit("null"); }
  bool boolean(bool value) override {
    return Take(JsonKind::kBoolean, "true or false", JsonBody::Value(value));
  }
  bool number_integer(number_integer_t value) override {
    return Take(JsonKind::kWhole, "a number", JsonBody::Value(std::int64_t{value}));
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(INT64_MAX))
      return Misfit("a number that is too large");
    return Take(JsonKind::kWhole, "a number", JsonBody::Value(static_cast<std::int64_t>(value)));
  }
  bool number_float(number_float_t, const string_t&) override { return Misfit("a fraction"); }
  bool string(string_t& text) override {
    if (depth_ == 2 && list_ != nullptr) {
      if (list_->size() == kMostTexts) return Misfit("more than 1000 texts");
      list_->push_back(text);
      return true;
    }
    return Take(JsonKind::kText, "a text", JsonBody::Value(text));
  }
  bool binary(binary_t&) override { return Misfit("bytes"); }

  bool start_object(std::size_t) override {
    if (++depth_ > JsonBody::kDeepest) return TooDeep();
    return depth_ == 1 || Misfit("an object");
  }
  bool key(string_t& name) override {
    if (depth_ != 1) return true;
    member_ = std::find_if(members_.begin(), members_.end(),
                           [&](const JsonMember& member) { return member.name == name; });
    if (member_ == members_.end()) return Unknown(name);
    if (body_.values_.count(name) != 0) {
      problem_ = Malformed("the member \"" + name + "\" is there twice");
      problem_->field = name;
      return false;
    }
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override {
    if (++depth_ > JsonBody::kDeepest) return TooDeep();
    if (depth_ == 1) return Malformed_("it is a list, not an object");
    if (depth_ != 2 || member_->kind != JsonKind::kTexts) return Misfit("a list");
    list_ = &std::get<std::vector<std::string>>(
        body_.values_.emplace(member_->name, std::vector<std::string>()).first->second);
    return true;
  }
  bool end_array() override {
    --depth_;
    list_ = nullptr;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return Malformed_("no valid JSON at byte " + std::to_string(position));
  }

  std::variant<JsonBody, Problem> Take() {
    for (const JsonMember& member : members_) {
      if (problem_ || !member.required || body_.Has(member.name)) continue;
      problem_ = BadValue(std::string(member.name), "the member is missing",
                          "it is " + std::string(NameOf(member.kind)));
    }
    if (problem_) return *std::move(problem_);
    return std::move(body_);
  }

 private:
  bool Malformed_(std::string detail) {
    problem_ = Malformed(std::move(detail));
    return false;
  }
  bool TooDeep() { return Malformed_("it is nested deeper than 16 levels"); }

  bool Unknown(const std::string& name) {
    std::vector<std::string> known;
    for (const JsonMember& member : members_) known.emplace_back(member.name);
    problem_ = BadValue(name.substr(0, 100), "no such member", SuggestName(name, known));
    return false;
  }

  bool Misfit(std::string_view found) {
    if (depth_ == 0) return Malformed_("it is " + std::string(found) + ", not an object");
    problem_ = BadValue(std::string(member_->name), std::string(NameOf(member_->kind)) +
                                                        " expected, found " + std::string(found));
    return false;
  }

  bool Take(JsonKind kind, std::string_view found, JsonBody::Value value) {
    if (depth_ != 1 || member_->kind != kind) return Misfit(found);
    body_.values_.emplace(member_->name, std::move(value));
    return true;
  }

  const std::span<const JsonMember> members_;
  std::span<const JsonMember>::iterator member_;
  JsonBody body_;
  int depth_ = 0;
  std::vector<std::string>* list_ = nullptr;  ///< The list that is being read.
  std::optional<Problem> problem_;
};

std::variant<JsonBody, Problem> JsonBody::Read(std::string_view text,
                                               std::span<const JsonMember> members) {
  JsonBodyReader reader(members);
  if (!text.empty()) {
    static_cast<void>(nlohmann::json::sax_parse(text.begin(), text.end(), &reader));
  }
  return reader.Take();
}

std::string JsonBody::Text(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string() : std::get<std::string>(found->second);
}

std::int64_t JsonBody::Whole(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? 0 : std::get<std::int64_t>(found->second);
}

bool JsonBody::Boolean(std::string_view name) const {
  const auto found = values_.find(name);
  return found != values_.end() && std::get<bool>(found->second);
}

std::vector<std::string> JsonBody::Texts(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>()
                                : std::get<std::vector<std::string>>(found->second);
}

}  // namespace gitops
