#include "engine/cli/views/text_table.h"

#include <algorithm>
#include <string_view>

#include "differ/text_layout.h"
#include "engine/base/check.h"
#include "engine/base/redactor.h"

namespace gitops {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::string_view kNothing = "-";
/// The last column is cut to no less than this; with less room it goes below its row.
constexpr std::size_t kLeastLastColumn = 16;

}  // namespace

void TextTable::AddRow(std::vector<Cell> cells) {
  CHECK(cells.size() == headers_.size());
  for (Cell& cell : cells)
    cell.text = cell.text.empty() ? std::string(kNothing) : EscapeLine(cell.text);
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> TextTable::Widths() const {
  std::vector<std::size_t> widths;
  for (const std::string& header : headers_) widths.push_back(DisplayWidth(header));
  for (const std::vector<Cell>& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row[i].text));
    }
  }
  return widths;
}

std::string TextTable::Render(const RenderOptions& options) const {
  const std::vector<std::size_t> widths = Widths();
  std::size_t before_last = 0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) before_last += widths[i] + kGap;
  const std::size_t width = options.width > 0 ? static_cast<std::size_t>(options.width) : 0;
  if (width == 0 || before_last + std::min(widths.back(), kLeastLastColumn) <= width) {
    return RenderLines(options, widths, false);
  }
  return before_last <= width + kGap ? RenderLines(options, widths, true) : RenderBlocks(options);
}

std::string TextTable::RenderLines(const RenderOptions& options,
                                   const std::vector<std::size_t>& widths, bool last_below) const {
  const Painter painter(options);
  std::string text;
  const auto add_line = [&](const std::vector<Cell>& cells, bool header) {
    const std::size_t columns = last_below ? cells.size() - 1 : cells.size();
    std::size_t used = 0;
    const auto cut = [&](const std::string& cell) {
      if (options.width <= 0) return cell;
      const auto width = static_cast<std::size_t>(options.width);
      return CutEnd(cell, width > used ? width - used : 1, painter.Ellipsis());
    };
    for (std::size_t i = 0; i < columns; ++i) {
      const bool last = i + 1 == columns;
      const std::string shown = last ? cut(cells[i].text) : PadRight(cells[i].text, widths[i]);
      text += painter.Paint(cells[i].ink, shown) + (last ? "\n" : std::string(kGap, ' '));
      used += widths[i] + kGap;
    }
    if (!last_below || header || cells.back().text == kNothing) return;
    used = kGap;
    text += std::string(kGap, ' ') + painter.Paint(cells.back().ink, cut(cells.back().text)) + "\n";
  };
  std::vector<Cell> header;
  for (const std::string& name : headers_) header.push_back({name, Ink::kBold});
  add_line(header, true);
  for (const std::vector<Cell>& row : rows_) add_line(row, false);
  return text;
}

std::string TextTable::RenderBlocks(const RenderOptions& options) const {
  const Painter painter(options);
  std::size_t widest = 0;
  for (const std::string& header : headers_) widest = std::max(widest, DisplayWidth(header));
  std::string text;
  for (const std::vector<Cell>& row : rows_) {
    if (!text.empty()) text += "\n";
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += painter.Paint(Ink::kBold, PadRight(headers_[i], widest)) + std::string(kGap, ' ') +
              painter.Paint(row[i].ink, row[i].text) + "\n";
    }
  }
  return text;
}

}  // namespace gitops
