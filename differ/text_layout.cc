#include "differ/text_layout.h"

#include <algorithm>

#include "engine/base/redactor.h"

namespace gitops {
namespace {

/// How much of an equal beginning stays visible before the place of a difference.
constexpr std::size_t kContext = 8;
/// Cutting to less than this would show nothing.
constexpr std::size_t kLeastColumns = 12;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// The byte at which column `column` begins; the size of `text` when it has not that many.
std::size_t ByteOfColumn(std::string_view text, std::size_t column) {
  std::size_t at = 0;
  while (at < text.size() && column > 0) {
    ++at;
    while (at < text.size() && IsContinuation(text[at])) ++at;
    --column;
  }
  return at;
}

void WrapLine(std::string_view line, std::size_t width, std::vector<std::string>& lines) {
  if (!line.ends_with(' ') && (width == 0 || DisplayWidth(line) <= width)) {
    lines.emplace_back(line);
    return;
  }
  std::string current;
  std::size_t columns = 0;
  for (bool is_first = true; is_first || !line.empty(); is_first = false) {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    const std::size_t needed = DisplayWidth(word);
    if (columns > 0 && width > 0 && columns + 1 + needed > width) {
      lines.push_back(std::move(current));
      current.clear();
      columns = 0;
    } else if (!is_first) {
      current += ' ';
      ++columns;
    }
    current += word;
    columns += needed;
  }
  lines.push_back(std::move(current));
}

/// Columns that both texts have in common at their beginning.
std::size_t CommonColumns(std::string_view a, std::string_view b) {
  const auto [end, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return DisplayWidth(a.substr(0, static_cast<std::size_t>(end - a.begin())));
}

}  // namespace

std::size_t DisplayWidth(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(c); }));
}

std::string PadRight(std::string_view text, std::size_t width) {
  std::string padded(text);
  const std::size_t columns = DisplayWidth(text);
  if (columns < width) padded.append(width - columns, ' ');
  return padded;
}

std::vector<std::string> WrapText(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (true) {
    const std::size_t newline = text.find('\n');
    WrapLine(text.substr(0, newline), width, lines);
    if (newline == std::string_view::npos) return lines;
    text.remove_prefix(newline + 1);
  }
}

std::string ShowValue(std::string_view value) {
  std::string escaped = EscapeLine(value);
  const bool quoted = escaped.empty() || escaped.front() == ' ' || escaped.back() == ' ';
  if (quoted) return "\"" + escaped + "\"";
  return escaped;
}

std::string CutEnd(std::string text, std::size_t width, std::string_view ellipsis) {
  if (width == 0 || DisplayWidth(text) <= width) return text;
  const std::size_t room = std::max(width, kLeastColumns) - DisplayWidth(ellipsis);
  if (DisplayWidth(text) <= room) return text;
  return text.substr(0, ByteOfColumn(text, room)) + std::string(ellipsis);
}

std::pair<std::string, std::string> CutPair(const std::string& from, const std::string& to,
                                            std::size_t width, std::string_view ellipsis) {
  const std::size_t from_width = DisplayWidth(from);
  const std::size_t to_width = DisplayWidth(to);
  if (width == 0 || from_width + to_width <= width) return {from, to};
  const std::size_t half = std::max(width / 2, kLeastColumns);
  const std::size_t from_room = to_width < half ? width - to_width : half;
  const std::size_t to_room = from_width < half ? width - from_width : half;
  const std::size_t common = CommonColumns(from, to);
  // The difference is out of sight at the end of either: show where it begins.
  if (common + 1 > std::min(from_room, to_room) / 2 && common > kContext) {
    const std::size_t hidden = common - kContext;
    const std::string mark(ellipsis);
    const auto tail = [&](const std::string& text, std::size_t room) {
      return CutEnd(mark + text.substr(ByteOfColumn(text, hidden)), room, ellipsis);
    };
    return {tail(from, from_room), tail(to, to_room)};
  }
  return {CutEnd(from, from_room, ellipsis), CutEnd(to, to_room, ellipsis)};
}

}  // namespace gitops
