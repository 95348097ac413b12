#include "engine/base/redactor.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>

#include "engine/base/digest.h"

namespace gitops {
namespace {

constexpr std::size_t kShortestSecret = 4;

std::string Base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  while (!text.empty() && text.back() == '=') text.pop_back();
  return text;
}

std::string PercentEncode(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
      text += c;
    } else {
      char code[4];
      std::snprintf(code, sizeof code, "%%%02X", byte);
      text += code;
    }
  }
  return text;
}

std::string JsonEscape(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (c == '\n') {
      text += "\\n";
    } else if (c == '\t') {
      text += "\\t";
    } else {
      text += c;
    }
  }
  return text;
}

/// "//user:pass@host" → "//(secret)@host", also for values that nobody declared secret.
void HideUserInfo(std::string& text) {
  std::size_t at = text.find("://");
  while (at != std::string::npos) {
    const std::size_t begin = at + 3;
    const std::size_t end = std::min(text.find_first_of("/ \t\n\"'?#<>", begin), text.size());
    const std::string_view authority = std::string_view(text).substr(begin, end - begin);
    const std::size_t sign = authority.rfind('@');
    const bool is_http = std::string_view(text).substr(0, at).ends_with("http") ||
                         std::string_view(text).substr(0, at).ends_with("https");
    if (sign != std::string_view::npos && sign > 0 &&
        (is_http || authority.substr(0, sign).find(':') != std::string_view::npos)) {
      text.replace(begin, sign, kSecretPlaceholder);
    }
    at = text.find("://", begin);
  }
}

/// Length of the valid UTF-8 sequence at `text[at]`, or 0. RFC 3629, so no overlong forms, no
/// surrogates, nothing above U+10FFFF.
std::size_t Utf8Length(std::string_view text, std::size_t at, std::uint32_t& code_point) {
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0;
  };
  const auto continued = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const std::uint32_t first = byte(0);
  if (first < 0x80) {
    code_point = first;
    return 1;
  }
  if (first >= 0xC2 && first < 0xE0 && continued(1)) {
    code_point = (first & 0x1FU) << 6 | (byte(1) & 0x3FU);
    return 2;
  }
  if (first >= 0xE0 && first < 0xF0 && continued(1) && continued(2)) {
    code_point = (first & 0x0FU) << 12 | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU);
    return code_point >= 0x800 && (code_point < 0xD800 || code_point > 0xDFFF) ? 3 : 0;
  }
  if (first >= 0xF0 && first < 0xF5 && continued(1) && continued(2) && continued(3)) {
    code_point = (first & 0x07U) << 18 | (byte(1) & 0x3FU) << 12 | (byte(2) & 0x3FU) << 6 |
                 (byte(3) & 0x3FU);
    return code_point >= 0x10000 && code_point <= 0x10FFFF ? 4 : 0;
  }
  return 0;
}

bool IsUnsafe(std::uint32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0) ||
         (code_point >= 0x202A && code_point <= 0x202E) ||
         (code_point >= 0x2066 && code_point <= 0x2069) || code_point == 0x2028 ||
         code_point == 0x2029;
}

std::string Escape(std::string_view text, bool keep_newlines_and_tabs) {
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7F; });
  if (plain) return std::string(text);
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    std::uint32_t code_point = 0;
    const std::size_t length = Utf8Length(text, at, code_point);
    char code[16];
    if (length == 0) {
      std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned char>(text[at]));
      result += code;
      ++at;
      continue;
    }
    if (keep_newlines_and_tabs && (code_point == '\n' || code_point == '\t')) {
      result += static_cast<char>(code_point);
    } else if (code_point == '\n') {
      result += "\\n";
    } else if (code_point == '\t') {
      result += "\\t";
    } else if (IsUnsafe(code_point)) {
      std::snprintf(code, sizeof code, code_point < 0x100 ? "\\x%02x" : "\\u%04x", code_point);
      result += code;
    } else {
      result += text.substr(at, length);
    }
    at += length;
  }
  return result;
}

}  // namespace

Redactor::Redactor(const std::vector<Secret>& secrets) {
  for (const Secret& secret : secrets) {
    const std::string_view value = secret.Reveal();
    if (value.size() < kShortestSecret) continue;
    forms_.emplace_back(value);
    forms_.push_back(Base64(value));
    forms_.push_back(ToHex(reinterpret_cast<const std::uint8_t*>(value.data()), value.size()));
    forms_.push_back(PercentEncode(value));
    forms_.push_back(JsonEscape(value));
  }
  std::sort(forms_.begin(), forms_.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  forms_.erase(std::unique(forms_.begin(), forms_.end()), forms_.end());
  if (!forms_.empty()) longest_ = forms_.front().size();
  for (const std::string& form : forms_) {
    first_bytes_.set(static_cast<unsigned char>(form.front()));
  }
}

std::size_t Redactor::LengthOfSecret(std::string_view text) const {
  if (!first_bytes_.test(static_cast<unsigned char>(text.front()))) return 0;
  for (const std::string& form : forms_) {
    if (text.starts_with(form)) return form.size();
  }
  return 0;
}

std::string Redactor::Redact(std::string_view text) const {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t length = LengthOfSecret(text.substr(at)); length > 0) {
      result += kSecretPlaceholder;
      at += length;
    } else {
      result += text[at++];
    }
  }
  HideUserInfo(result);
  return result;
}

std::string EscapeControl(std::string_view text) { return Escape(text, true); }

std::string EscapeLine(std::string_view text) { return Escape(text, false); }

}  // namespace gitops
