// TextLayout: columns, wrapping and cutting of UTF-8 text. A code point counts as one column. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gitops {

/// Columns that valid UTF-8 text takes.
std::size_t DisplayWidth(std::string_view text);

/// `text` followed by spaces up to `width` columns.
std::string PadRight(std::string_view text, std::size_t width);

/// `text` broken at spaces into lines of at most `width` columns; longer words stay whole. A width
/// of 0 breaks nothing. Newlines in `text` break lines too. Never empty.
std::vector<std::string> WrapText(std::string_view text, std::size_t width);

/// A value as a view shows it: escaped, and in quotes when it is empty or has spaces at an end.
std::string ShowValue(std::string_view value);

/// `text` cut to `width` columns, with `ellipsis` for what is missing at its end. 0 cuts nothing.
std::string CutEnd(std::string text, std::size_t width, std::string_view ellipsis);

/// Two texts cut so that both fit into `width` columns together and the place where they begin to
/// differ stays visible. 0 cuts nothing.
std::pair<std::string, std::string> CutPair(const std::string& from, const std::string& to,
                                            std::size_t width, std::string_view ellipsis);

}  // namespace gitops
