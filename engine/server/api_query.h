// ApiQuery: the query of an API request: known parameters only, each once. Reading a value notes
// the first problem and goes on. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/model/app_id.h"
#include "engine/server/http_message.h"

namespace gitops {

class ApiQuery {
 public:
  /// `head` outlives the query.
  ApiQuery(const HttpHead& head, std::span<const std::string_view> known);

  /// The first thing that is wrong, as 422 with the parameter's name.
  const std::optional<Problem>& problem() const { return problem_; }

  bool Has(std::string_view name) const { return head_.Query(name).has_value(); }
  /// Free text; "" when it is not there.
  std::string Text(std::string_view name) const;
  /// A name by IsValidName; "" when it is not there.
  std::string Name(std::string_view name);
  /// A whole number from `least` to `most`; `otherwise` when it is not there.
  std::int64_t Number(std::string_view name, std::int64_t least, std::int64_t most,
                      std::int64_t otherwise);
  /// true or false; false when it is not there.
  bool Boolean(std::string_view name);
  /// What `parse` makes of the value; nullopt when it is not there.
  template <typename Parse>
  auto Choice(std::string_view name, const Parse& parse, std::string_view choices)
      -> decltype(parse(std::string_view())) {
    const auto text = head_.Query(name);
    if (!text) return std::nullopt;
    auto value = parse(*text);
    if (!value) Note(name, "it is one of " + std::string(choices));
    return value;
  }
  /// An app from the parameters "environment" and "name", both or none; REQUIRES: both are known.
  std::optional<AppId> App();

  void Note(std::string_view name, std::string detail);

 private:
  const HttpHead& head_;
  std::optional<Problem> problem_;
};

}  // namespace gitops
