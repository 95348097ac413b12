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

void TextTable::AddRow(std::initializer_list<Cell> cells) {
  CHECK(cells.size() == headers_.size());
  for (const Cell& cell : cells) {
    cells_.push_back({cell.text.empty() ? std::string(kNothing) : EscapeLine(cell.text), cell.ink});
  }
}

std::vector<std::size_t> TextTable::Widths() const {
  std::vector<std::size_t> widths;
  for (const std::string& header : headers_) widths.push_back(DisplayWidth(header));
  for (std::size_t row = 0; row < rows(); ++row) {
    const std::span<const Cell> cells = Row(row);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(cells[i].text));
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
  const auto add_last = [&](const Cell& cell, std::size_t used) {
    if (options.width <= 0) {
      painter.Add(cell.ink, cell.text, 0, text);
    } else {
      const auto width = static_cast<std::size_t>(options.width);
      const std::size_t room = width > used ? width - used : 1;
      painter.Add(cell.ink, CutEnd(cell.text, room, painter.Ellipsis()), 0, text);
    }
    text += '\n';
  };
  const auto add_line = [&](std::span<const Cell> cells, bool header) {
    const std::size_t columns = last_below ? cells.size() - 1 : cells.size();
    CHECK(columns > 0);
    std::size_t used = 0;
    for (std::size_t i = 0; i + 1 < columns; ++i) {
      painter.Add(cells[i].ink, cells[i].text, widths[i], text);
      text.append(kGap, ' ');
      used += widths[i] + kGap;
    }
    add_last(cells[columns - 1], used);
    if (!last_below || header || cells.back().text == kNothing) return;
    text.append(kGap, ' ');
    add_last(cells.back(), kGap);
  };
  std::vector<Cell> header;
  for (const std::string& name : headers_) header.push_back({name, Ink::kBold});
  add_line(header, true);
  for (std::size_t row = 0; row < rows(); ++row) add_line(Row(row), false);
  return text;
}

std::string TextTable::RenderBlocks(const RenderOptions& options) const {
  const Painter painter(options);
  std::size_t widest = 0;
  for (const std::string& header : headers_) widest = std::max(widest, DisplayWidth(header));
  std::string text;
  for (std::size_t row = 0; row < rows(); ++row) {
    if (!text.empty()) text += "\n";
    const std::span<const Cell> cells = Row(row);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      text += painter.Paint(Ink::kBold, PadRight(headers_[i], widest)) + std::string(kGap, ' ') +
              painter.Paint(cells[i].ink, cells[i].text) + "\n";
    }
  }
  return text;
}

}  // namespace gitops
