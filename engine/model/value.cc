#include "engine/model/value.h"

namespace gitops {
namespace {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

/// An item of a list, in quotes where it could be taken for another number of items: texts of
/// different lists differ, because digests are made of them.
std::string QuoteItem(const std::string& item) {
  const bool plain = !item.empty() && item.find_first_of(",[]\"\\") == std::string::npos &&
                     item.front() != ' ' && item.back() != ' ';
  if (plain) return item;
  std::string quoted = "\"";
  for (const char c : item) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string Join(const std::vector<std::string>& items) {
  std::string text = "[";
  for (std::size_t i = 0; i < items.size(); ++i) text += (i == 0 ? "" : ", ") + items[i];
  return text + "]";
}

}  // namespace

std::string ToText(const Value& value) {
  return std::visit(Overloaded{
                        [](bool b) -> std::string { return b ? "true" : "false"; },
                        [](std::int64_t n) { return std::to_string(n); },
                        [](const std::string& s) { return s; },
                        [](const std::vector<std::int64_t>& list) {
                          std::vector<std::string> items;
                          for (const std::int64_t n : list) items.push_back(std::to_string(n));
                          return Join(items);
                        },
                        [](const std::vector<std::string>& list) {
                          std::vector<std::string> items;
                          for (const std::string& item : list) items.push_back(QuoteItem(item));
                          return Join(items);
                        },
                    },
                    value);
}

std::string_view TypeName(const Value& value) {
  static constexpr std::string_view kNames[] = {"boolean", "integer", "string", "list of integers",
                                                "list of strings"};
  return kNames[value.index()];
}

}  // namespace gitops
