// TextTable: rows with aligned columns for terminals and pipes. Cells are escaped here. Pure.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "differ/paint.h"
#include "differ/render.h"

namespace gitops {

struct Cell {
  std::string text;
  Ink ink = Ink::kPlain;
};

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> headers) : headers_(std::move(headers)) {}

  /// For so many rows in all.
  void Reserve(std::size_t rows) { cells_.reserve(rows * headers_.size()); }

  /// REQUIRES: as many cells as headers. An empty cell shows as "-".
  void AddRow(std::initializer_list<Cell> cells);

  bool empty() const { return cells_.empty(); }

  /// One line for each row, the last column cut to the width. Where the others leave no room for
  /// it, it goes below its row; where not even they fit, each row is a block of "HEADER  text".
  std::string Render(const RenderOptions& options) const;

 private:
  std::string RenderLines(const RenderOptions& options, const std::vector<std::size_t>& widths,
                          bool last_below) const;
  std::string RenderBlocks(const RenderOptions& options) const;
  std::vector<std::size_t> Widths() const;
  std::size_t rows() const { return cells_.size() / headers_.size(); }
  std::span<const Cell> Row(std::size_t row) const {
    return std::span(cells_).subspan(row * headers_.size(), headers_.size());
  }

  std::vector<std::string> headers_;
  std::vector<Cell> cells_;  ///< Row after row: of a long table nearly all the time goes into them.
};

}  // namespace gitops
