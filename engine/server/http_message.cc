#include "engine/server/http_message.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace gitops {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return Lower(x) == Lower(y); });
}

/// The value of the only pair whose name `is` says yes to.
template <typename Is>
std::optional<std::string_view> OnlyValue(
    const std::vector<std::pair<std::string, std::string>>& pairs, const Is& is) {
  std::optional<std::string_view> found;
  for (const auto& [name, value] : pairs) {
    if (!is(name)) continue;
    if (found) return std::nullopt;
    found = value;
  }
  return found;
}

}  // namespace

void HttpHeaders::Add(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

std::optional<std::string_view> HttpHeaders::Find(std::string_view name) const {
  return OnlyValue(fields_, [&](const std::string& field) { return SameName(field, name); });
}

std::size_t HttpHeaders::Count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(fields_.begin(), fields_.end(),
                    [&](const Field& field) { return SameName(field.first, name); }));
}

std::optional<std::string_view> HttpHead::Query(std::string_view name) const {
  return OnlyValue(query, [&](const std::string& parameter) { return parameter == name; });
}

HttpResponse ProblemResponse(const Problem& problem, std::string_view request_id) {
  nlohmann::ordered_json json;
  json["type"] = "about:blank";
  json["title"] = problem.title;
  json["status"] = problem.status;
  const auto add = [&](const char* name, std::string_view text) {
    if (!text.empty()) json[name] = text;
  };
  add("detail", problem.detail);
  add("field", problem.field);
  add("fix", problem.fix);
  add("request_id", request_id);
  HttpResponse response;
  response.status = problem.status;
  response.headers.Add("Content-Type", "application/problem+json");
  // What is no UTF-8 is replaced: an answer is never left out because of what was asked.
  response.body = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  response.body += '\n';
  return response;
}

}  // namespace gitops
