// Scalars: what the text of a YAML scalar means, by rules that fit on one hand: plain decimal
// integers, true or false, durations and sizes with units, and text that stays as it was written
// (1.10 is "1.10", no is "no"). Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/yaml/node.h"

namespace gitops {

/// A value, or what is wrong in words that follow "path: " ("integer expected, found a list").
template <typename T>
struct Reading {
  std::optional<T> value;
  std::string problem;
  std::string hint;

  explicit operator bool() const { return value.has_value(); }
  const T& operator*() const { return *value; }
  const T* operator->() const { return &*value; }
};

/// A scalar's text as written, of any style; null is no text.
Reading<std::string> ReadText(const YamlNode& node);

/// Plain `true` or `false` (also True, TRUE, False, FALSE). Never yes, no, on, off, y, n, 0, 1 and
/// never a quoted word.
Reading<bool> ReadBoolean(const YamlNode& node);

/// A plain decimal integer: no quotes, leading zero, plus sign, hexadecimal, underscore, exponent
/// or fraction.
Reading<std::int64_t> ReadInteger(const YamlNode& node);

/// Numbers with units d, h, m, s, ms, the larger ones first: "60s", "5m", "1h30m", "500ms". A unit
/// is always needed.
Reading<std::chrono::milliseconds> ReadDuration(const YamlNode& node);

enum class SizeUnit { kMegabytes, kGigabytes };

struct Size {
  std::int64_t amount = 0;   ///< In the unit that was asked for, rounded up.
  bool with_suffix = false;  ///< The text named its unit.
};

/// A plain integer in `unit`, or an integer with a suffix K, M, G, T, alone or followed by B, i or
/// iB, in any case, with at most one space before it. Suffixes count in steps of 1024, as the grid
/// and hypervisors do.
Reading<Size> ReadSize(const YamlNode& node, SizeUnit unit);

/// The texts of a list of scalars; a single scalar is a list of one. What is no text is left out
/// (CheckShape has reported it).
std::vector<std::string> ReadTextList(const YamlNode& node);

/// The same readers for text that does not come from YAML.
Reading<std::int64_t> ParseInteger(std::string_view text);
Reading<std::chrono::milliseconds> ParseDuration(std::string_view text);
Reading<Size> ParseSize(std::string_view text, SizeUnit unit);

/// "1h30m", "500ms", "0s": what ParseDuration reads back.
std::string FormatExactDuration(std::chrono::milliseconds duration);

/// What a node is, for messages: `a list`, `nothing`, `the text "one"` (at most 40 characters).
std::string DescribeNode(const YamlNode& node);

/// `text` in quotes, cut after 40 characters.
std::string QuoteShort(std::string_view text);

}  // namespace gitops
