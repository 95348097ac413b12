#include "engine/model/json_writer.h"

#include <array>
#include <charconv>

#include "engine/base/check.h"

namespace gitops {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

void AppendEscape(std::string& out, unsigned code) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHexDigits[(code >> shift) & 0xF];
}

struct Decoded {
  unsigned code = 0;
  std::size_t size = 0;  ///< 0: not UTF-8.
};

/// The character at the start of `text`. REQUIRES: not empty, first byte >= 0x80.
Decoded DecodeUtf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return {};
  unsigned code = first & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    code = code << 6 | (byte(i) & 0x3FU);
  }
  constexpr std::array<unsigned, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kSmallest[size] || code > 0x10FFFF || surrogate) return {};
  return {code, size};
}

/// True for characters that change what a terminal shows without being seen.
bool IsUnsafe(unsigned code) {
  return (code >= 0x80 && code <= 0x9F) || code == 0x061C || code == 0x200E || code == 0x200F ||
         (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
         code == 0x2028 || code == 0x2029 || code == 0xFEFF;
}

void AppendAscii(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      if (c < 0x20 || c == 0x7F) {
        AppendEscape(out, c);
      } else {
        out += static_cast<char>(c);
      }
  }
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      AppendAscii(out, c);
      ++i;
      continue;
    }
    const Decoded decoded = DecodeUtf8(text.substr(i));
    if (decoded.size == 0) {
      out += "\xEF\xBF\xBD";
      ++i;
      continue;
    }
    if (IsUnsafe(decoded.code)) {
      AppendEscape(out, decoded.code);
    } else {
      out.append(text.substr(i, decoded.size));
    }
    i += decoded.size;
  }
  out += '"';
}

void JsonWriter::NewLine() {
  if (layout_ == JsonLayout::kCompact) return;
  out_ += '\n';
  out_.append(has_members_.size() * 2, ' ');
}

void JsonWriter::BeforeValue() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (has_members_.empty()) return;
  if (has_members_.back()) out_ += ',';
  has_members_.back() = true;
  NewLine();
}

void JsonWriter::End(char bracket) {
  CHECK(!has_members_.empty() && !after_key_);
  const bool had_members = has_members_.back();
  has_members_.pop_back();
  if (had_members) NewLine();
  out_ += bracket;
  if (has_members_.empty() && layout_ == JsonLayout::kIndented) out_ += '\n';
}

void JsonWriter::BeginObject() {
  BeforeValue();
  out_ += '{';
  has_members_.push_back(false);
}

void JsonWriter::EndObject() { End('}'); }

void JsonWriter::BeginList() {
  BeforeValue();
  out_ += '[';
  has_members_.push_back(false);
}

void JsonWriter::EndList() { End(']'); }

void JsonWriter::Key(std::string_view name) {
  CHECK(!after_key_);
  BeforeValue();
  AppendJsonString(out_, name);
  out_ += layout_ == JsonLayout::kCompact ? ":" : ": ";
  after_key_ = true;
}

void JsonWriter::Text(std::string_view value) {
  BeforeValue();
  AppendJsonString(out_, value);
}

void JsonWriter::Integer(std::int64_t value) {
  BeforeValue();
  std::array<char, 24> digits;
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out_.append(digits.data(), result.ptr);
}

void JsonWriter::Boolean(bool value) {
  BeforeValue();
  out_ += value ? "true" : "false";
}

void JsonWriter::Null() {
  BeforeValue();
  out_ += "null";
}

}  // namespace gitops
