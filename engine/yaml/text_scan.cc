#include "engine/yaml/text_scan.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace gitops {
namespace {

constexpr std::size_t kMostProblems = 10;

/// A place in the text that moves forward only; lines end with LF, CR LF or CR, columns count
/// characters.
class Position {
 public:
  explicit Position(std::string_view text) : text_(text) {}

  Location At(std::size_t offset, std::string_view file) {
    for (; at_ < offset; ++at_) {
      const char c = text_[at_];
      const bool ends_line =
          c == '\n' || (c == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] != '\n'));
      if (ends_line) {
        ++line_;
        column_ = 1;
      } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
        ++column_;
      }
    }
    return Location{std::string(file), line_, column_};
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  int column_ = 1;
};

/// The code point at `text[at]` and its length; length 0 when this is not UTF-8 (RFC 3629: no
/// overlong forms, no surrogates, nothing above U+10FFFF).
struct Decoded {
  std::uint32_t code_point = 0;
  std::size_t length = 0;
};

Decoded Decode(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {first, 1};
  std::size_t length = 0;
  std::uint32_t code_point = 0;
  std::uint32_t smallest = 0;
  if ((first & 0xE0U) == 0xC0U) {
    length = 2, code_point = first & 0x1FU, smallest = 0x80;
  } else if ((first & 0xF0U) == 0xE0U) {
    length = 3, code_point = first & 0x0FU, smallest = 0x800;
  } else if ((first & 0xF8U) == 0xF0U) {
    length = 4, code_point = first & 0x07U, smallest = 0x10000;
  } else {
    return {};
  }
  if (at + length > text.size()) return {};
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[at + i]);
    if ((byte & 0xC0U) != 0x80U) return {};
    code_point = code_point << 6 | (byte & 0x3FU);
  }
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < smallest || surrogate || code_point > 0x10FFFF) return {};
  return {code_point, length};
}

/// Code points that will never be characters (Unicode 15, section 23.7). Our own writer cannot
/// write them either: yaml-cpp puts U+FFFD in their place.
bool IsNoncharacter(std::uint32_t c) {
  return (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFEU) == 0xFFFEU;
}

/// Characters that change how the text around them is shown, or show nothing.
bool IsRefusedFormat(std::uint32_t c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x2028 ||
         c == 0x2029 || c == 0xFEFF || IsNoncharacter(c);
}

bool IsRefusedControl(std::uint32_t c) {
  return (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7F && c < 0xA0);
}

/// Where the next character stands that has to be looked at closely: most texts have none.
std::size_t SkipOrdinary(std::string_view text, std::size_t at) {
  const auto is_ordinary = [](char c) {
    return (c >= ' ' && c < 0x7F) || c == '\n' || c == '\t' || c == '\r';
  };
  while (at < text.size() && is_ordinary(text[at])) ++at;
  return at;
}

std::string CodePointName(std::uint32_t c) {
  char text[16];
  std::snprintf(text, sizeof text, "U+%04X", c);
  std::string name = text;
  if (c == 0) name += " (NUL)";
  if (c == 0x07) name += " (bell)";
  if (c == 0x1B) name += " (escape)";
  if (IsRefusedFormat(c) && c >= 0x202A && c <= 0x2069) name += " (bidirectional override)";
  if (c == 0xFEFF) name += " (byte order mark)";
  if (IsNoncharacter(c)) name += " (noncharacter)";
  return name;
}

Diagnostic NotUtf8(Location location, std::size_t offset, std::string_view text) {
  char byte[8];
  std::snprintf(byte, sizeof byte, "0x%02X", static_cast<unsigned char>(text[offset]));
  Diagnostic problem;
  problem.summary = "not UTF-8 text";
  problem.detail = "the byte " + std::string(byte) + " at byte offset " + std::to_string(offset) +
                   " is not part of a UTF-8 character";
  problem.location = std::move(location);
  problem.hint = "save the file as UTF-8, e.g.: iconv -f LATIN1 -t UTF-8 " +
                 (problem.location.file.empty() ? std::string("FILE") : problem.location.file);
  return problem;
}

Diagnostic ControlCharacter(Location location, std::uint32_t c) {
  Diagnostic problem;
  problem.summary = "control character";
  problem.detail = "the text holds the control character " + CodePointName(c);
  problem.location = std::move(location);
  problem.hint = "remove the character";
  return problem;
}

Diagnostic Utf16(std::string_view file) {
  Diagnostic problem;
  problem.summary = "not UTF-8 text";
  problem.detail = "the file is UTF-16; only UTF-8 is read";
  problem.location = Location{std::string(file), 1, 1};
  problem.hint = "save the file as UTF-8, e.g.: iconv -f UTF-16 -t UTF-8 " +
                 (file.empty() ? std::string("FILE") : std::string(file));
  return problem;
}

bool LooksLikeUtf16(std::string_view text) {
  if (text.substr(0, 2) == "\xFF\xFE" || text.substr(0, 2) == "\xFE\xFF") return true;
  return text.size() >= 4 && ((text[0] == '\0' && text[1] != '\0' && text[2] == '\0') ||
                              (text[0] != '\0' && text[1] == '\0' && text[3] == '\0'));
}

}  // namespace

TextScan ScanText(std::string_view text, std::string_view file) {
  TextScan scan;
  if (LooksLikeUtf16(text)) {
    scan.readable = false;
    scan.problems.push_back(Utf16(file));
    return scan;
  }
  Position position(text);
  std::size_t at = 0;
  while (scan.problems.size() < kMostProblems) {
    at = SkipOrdinary(text, at);
    if (at == text.size()) break;
    const Decoded decoded = Decode(text, at);
    if (decoded.length == 0) {
      scan.readable = false;
      scan.problems.push_back(NotUtf8(position.At(at, file), at, text));
      ++at;
      while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
      continue;
    }
    const bool line_separator = decoded.code_point == 0x2028 || decoded.code_point == 0x2029;
    if (IsRefusedControl(decoded.code_point) || line_separator) scan.readable = false;
    if (IsRefusedControl(decoded.code_point) || IsRefusedFormat(decoded.code_point)) {
      scan.problems.push_back(ControlCharacter(position.At(at, file), decoded.code_point));
    }
    at += decoded.length;
  }
  return scan;
}

std::string RefusedCharacter(std::string_view text) {
  const auto is_printed = [](char c) { return c >= ' ' && c < 0x7F; };
  if (std::all_of(text.begin(), text.end(), is_printed)) return "";
  for (std::size_t at = 0; at < text.size();) {
    const Decoded decoded = Decode(text, at);
    if (decoded.length == 0) return "a byte that is not UTF-8";
    if (IsRefusedControl(decoded.code_point) || IsRefusedFormat(decoded.code_point)) {
      return CodePointName(decoded.code_point);
    }
    at += decoded.length;
  }
  return "";
}

}  // namespace gitops
