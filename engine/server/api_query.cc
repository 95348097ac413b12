#include "engine/server/api_query.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "engine/base/suggest.h"
#include "engine/server/api_problem.h"

namespace gitops {

ApiQuery::ApiQuery(const HttpHead& head, std::span<const std::string_view> known) : head_(head) {
  for (const auto& [name, value] : head.query) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const std::vector<std::string> names(known.begin(), known.end());
      problem_ = BadValue(name.substr(0, 100), "no such parameter", SuggestName(name, names));
      return;
    }
    if (!head.Query(name)) {
      Note(name, "it is there twice");
      return;
    }
  }
}

std::string ApiQuery::Text(std::string_view name) const {
  return std::string(head_.Query(name).value_or(""));
}

std::string ApiQuery::Name(std::string_view name) {
  const auto text = head_.Query(name);
  if (!text) return "";
  if (!IsValidName(*text)) Note(name, "a name has " + std::string(kNameRule));
  return std::string(*text);
}

std::int64_t ApiQuery::Number(std::string_view name, std::int64_t least, std::int64_t most,
                              std::int64_t otherwise) {
  const auto text = head_.Query(name);
  if (!text) return otherwise;
  std::int64_t number = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error == std::errc() && stop == end && number >= least && number <= most) return number;
  Note(name, "it is a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return otherwise;
}

bool ApiQuery::Boolean(std::string_view name) {
  const auto text = head_.Query(name);
  if (!text || *text == "false") return false;
  if (*text != "true") Note(name, "it is true or false");
  return true;
}

std::optional<AppId> ApiQuery::App() {
  AppId app{Name("environment"), Name("name")};
  if (app.environment.empty() && app.name.empty()) return std::nullopt;
  if (app.environment.empty()) Note("environment", "an app is named by environment and name");
  if (app.name.empty()) Note("name", "an app is named by environment and name");
  return app;
}

void ApiQuery::Note(std::string_view name, std::string detail) {
  if (!problem_) problem_ = BadValue(std::string(name), std::move(detail));
}

}  // namespace gitops
