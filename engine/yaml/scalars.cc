#include "engine/yaml/scalars.h"

#include <charconv>
#include <limits>

#include "engine/base/redactor.h"

namespace gitops {
namespace {

constexpr std::size_t kLongestQuote = 40;

template <typename T>
Reading<T> Problem(std::string problem, std::string hint = "") {
  return Reading<T>{std::nullopt, std::move(problem), std::move(hint)};
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string Lower(std::string_view text) {
  std::string result;
  for (const char c : text) result += Lower(c);
  return result;
}

/// Digits at the front of `text`, which are removed from it; nullopt when there are none or they do
/// not fit.
std::optional<std::int64_t> TakeDigits(std::string_view& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || text.front() == '-') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

struct DurationUnit {
  std::string_view name;
  std::int64_t milliseconds;
};

constexpr DurationUnit kDurationUnits[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};

constexpr std::string_view kDurationForm =
    "duration with a unit expected, such as 60s, 5m or 1h30m";

/// The unit at the front of `text`, which is removed from it; null when there is none.
const DurationUnit* TakeDurationUnit(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && !IsDigit(text[length])) ++length;
  for (const DurationUnit& unit : kDurationUnits) {
    if (text.substr(0, length) == unit.name) {
      text.remove_prefix(length);
      return &unit;
    }
  }
  return nullptr;
}

/// Bytes that one suffix stands for; 0 when it is none.
std::int64_t SuffixBytes(std::string_view suffix) {
  if (suffix.empty()) return 0;
  const std::string rest = Lower(suffix.substr(1));
  if (!rest.empty() && rest != "b" && rest != "i" && rest != "ib") return 0;
  switch (Lower(suffix.front())) {
    case 'k':
      return 1LL << 10;
    case 'm':
      return 1LL << 20;
    case 'g':
      return 1LL << 30;
    case 't':
      return 1LL << 40;
    default:
      return 0;
  }
}

std::string SizeForm(SizeUnit unit) {
  return unit == SizeUnit::kMegabytes
             ? "integer (MB) or size with a suffix expected, such as 4096 or 4G"
             : "integer (GB) or size with a suffix expected, such as 50 or 50G";
}

}  // namespace

std::string QuoteShort(std::string_view given) {
  // A URL with a password may stand where something else belongs.
  const std::string text = Redactor().Redact(given);
  if (text.size() <= kLongestQuote) return "\"" + text + "\"";
  std::size_t length = kLongestQuote;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) --length;
  return "\"" + text.substr(0, length) + "…\"";
}

std::string DescribeNode(const YamlNode& node) {
  switch (node.kind) {
    case YamlKind::kNull:
      return "nothing";
    case YamlKind::kList:
      return "a list";
    case YamlKind::kMap:
      return "a mapping";
    case YamlKind::kScalar:
      break;
  }
  return (node.style == YamlStyle::kQuoted ? "the quoted text " : "") + QuoteShort(node.scalar);
}

Reading<std::string> ReadText(const YamlNode& node) {
  if (!node.IsScalar()) {
    return Problem<std::string>("text expected, found " + DescribeNode(node),
                                node.IsNull() ? "write \"\" for an empty text" : "");
  }
  return {node.scalar, "", ""};
}

Reading<bool> ReadBoolean(const YamlNode& node) {
  const std::string& text = node.scalar;
  const bool plain = node.IsScalar() && node.style == YamlStyle::kPlain;
  if (plain && (text == "true" || text == "True" || text == "TRUE")) return {true, "", ""};
  if (plain && (text == "false" || text == "False" || text == "FALSE")) return {false, "", ""};
  std::string hint;
  const std::string word = Lower(text);
  if (word == "y" || word == "yes" || word == "on" || word == "1" || word == "true") {
    hint = "write true";
  } else if (word == "n" || word == "no" || word == "off" || word == "0" || word == "false") {
    hint = "write false";
  }
  return Problem<bool>("true or false expected, found " + DescribeNode(node), std::move(hint));
}

Reading<std::int64_t> ParseInteger(std::string_view text) {
  const std::string_view digits = text.substr(!text.empty() && text.front() == '-' ? 1 : 0);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return Problem<std::int64_t>("integer expected, found " + QuoteShort(text));
  }
  if (digits.size() > 1 && digits.front() == '0') {
    return Problem<std::int64_t>(
        "integer expected, found " + QuoteShort(text) + ": a leading zero is ambiguous (octal?)",
        "remove the leading zero");
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Problem<std::int64_t>("integer expected, " + QuoteShort(text) + " is too large");
  }
  return {number, "", ""};
}

Reading<std::int64_t> ReadInteger(const YamlNode& node) {
  if (!node.IsScalar() || node.style != YamlStyle::kPlain) {
    return Problem<std::int64_t>("integer expected, found " + DescribeNode(node),
                                 node.IsScalar() ? "remove the quotes" : "");
  }
  return ParseInteger(node.scalar);
}

Reading<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  using Milliseconds = std::chrono::milliseconds;
  const auto problem = [text] {
    return Problem<Milliseconds>(std::string(kDurationForm) + ", found " + QuoteShort(text));
  };
  std::int64_t total = 0;
  std::int64_t previous = std::numeric_limits<std::int64_t>::max();
  std::string_view rest = text;
  if (rest.empty()) return problem();
  while (!rest.empty()) {
    const auto number = TakeDigits(rest);
    if (!number) return problem();
    const DurationUnit* unit = TakeDurationUnit(rest);
    if (unit == nullptr || unit->milliseconds >= previous) return problem();
    previous = unit->milliseconds;
    constexpr std::int64_t kMost = 100LL * 365 * 86'400'000;  // A century: sums cannot overflow.
    if (*number > kMost / unit->milliseconds) {
      return Problem<Milliseconds>("duration expected, " + QuoteShort(text) + " is too long");
    }
    total += *number * unit->milliseconds;
  }
  return {Milliseconds(total), "", ""};
}

Reading<std::chrono::milliseconds> ReadDuration(const YamlNode& node) {
  if (!node.IsScalar()) {
    return Problem<std::chrono::milliseconds>(std::string(kDurationForm) + ", found " +
                                              DescribeNode(node));
  }
  auto reading = ParseDuration(node.scalar);
  if (const auto number = ParseInteger(node.scalar); !reading && number && *number > 0) {
    reading.hint = "write " + node.scalar + "s for seconds";
  }
  return reading;
}

Reading<Size> ParseSize(std::string_view text, SizeUnit unit) {
  if (!text.empty() && text.find_first_not_of("0123456789-") == std::string_view::npos) {
    const auto number = ParseInteger(text);
    if (!number) return Problem<Size>(number.problem, number.hint);
    return {Size{*number, false}, "", ""};
  }
  const auto problem = [&] { return SizeForm(unit) + ", found " + QuoteShort(text); };
  std::string_view rest = text;
  if (rest.empty() || !IsDigit(rest.front())) return Problem<Size>(problem());
  if (rest.front() == '0' && rest.size() > 1 && IsDigit(rest[1])) {
    return Problem<Size>(problem() + ": a leading zero is ambiguous", "remove the leading zero");
  }
  const auto number = TakeDigits(rest);
  if (!number) return Problem<Size>(problem());
  if (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  const std::int64_t factor = SuffixBytes(rest);
  if (factor == 0) {
    return Problem<Size>(problem(), rest.empty() || rest.front() != '.'
                                        ? "suffixes are K, M, G and T"
                                        : "write a fraction in the next smaller unit: 1536M");
  }
  const std::int64_t unit_bytes = unit == SizeUnit::kMegabytes ? 1LL << 20 : 1LL << 30;
  if (*number > std::numeric_limits<std::int64_t>::max() / 2 / factor) {
    return Problem<Size>("size expected, " + QuoteShort(text) + " is too large");
  }
  return {Size{(*number * factor + unit_bytes - 1) / unit_bytes, true}, "", ""};
}

Reading<Size> ReadSize(const YamlNode& node, SizeUnit unit) {
  if (!node.IsScalar()) return Problem<Size>(SizeForm(unit) + ", found " + DescribeNode(node));
  auto reading = ParseSize(node.scalar, unit);
  if (reading && !reading->with_suffix && node.style != YamlStyle::kPlain) {
    return Problem<Size>(SizeForm(unit) + ", found " + DescribeNode(node), "remove the quotes");
  }
  return reading;
}

std::vector<std::string> ReadTextList(const YamlNode& node) {
  std::vector<std::string> texts;
  if (node.IsScalar()) texts.push_back(node.scalar);
  for (const YamlNode& item : node.items) {
    if (item.IsScalar()) texts.push_back(item.scalar);
  }
  return texts;
}

std::string FormatExactDuration(std::chrono::milliseconds duration) {
  std::int64_t rest = duration.count();
  if (rest <= 0) return "0s";
  std::string text;
  for (const DurationUnit& unit : kDurationUnits) {
    if (unit.name == "d") continue;  // People read 36h as easily as 1d12h.
    const std::int64_t amount = rest / unit.milliseconds;
    if (amount == 0) continue;
    text += std::to_string(amount) + std::string(unit.name);
    rest -= amount * unit.milliseconds;
  }
  return text;
}

}  // namespace gitops
