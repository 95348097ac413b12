#include "engine/drivers/redacting_stream.h"

#include <algorithm>
#include <utility>

namespace gitops {
namespace {

/// A line longer than this is passed on in pieces.
constexpr std::size_t kMaxLine = 64 * 1024;
/// How far back from a cut inside a line to look for the start of a URL with user information.
constexpr std::size_t kMaxUserInfo = 4096;

std::string NormaliseLineEnds(std::string text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      result += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      result += '\n';  // A progress line that overwrites itself.
    }
  }
  return result;
}

/// Moves a cut inside a line to where it splits neither a character nor the user part of a URL.
std::size_t MoveBack(std::string_view text, std::size_t cut) {
  const std::size_t scheme = text.rfind("://", cut);
  if (scheme != std::string_view::npos && cut - scheme < kMaxUserInfo &&
      text.find_first_of("/ \t\n\"'?#<>", scheme + 3) >= cut) {
    cut = scheme;
  }
  for (int i = 0; i < 3 && cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U;
       ++i) {
    --cut;
  }
  return cut;
}

}  // namespace

std::string ShowableText(const Redactor& redactor, std::string_view text) {
  return EscapeControl(NormaliseLineEnds(redactor.Redact(text)));
}

std::string RedactingStream::Add(std::string_view bytes) {
  return ShowableText(redactor_, Cut(bytes));
}

std::string RedactingStream::Finish() { return ShowableText(redactor_, CutRest()); }

std::string RedactingStream::Cut(std::string_view bytes) {
  held_ += bytes;
  const std::size_t cut = SafePrefix();
  std::string piece = held_.substr(0, cut);
  held_.erase(0, cut);
  return piece;
}

std::string RedactingStream::CutRest() { return std::exchange(held_, {}); }

/// True when a secret starts before `cut` and ends after it: then the two sides redact differently
/// from the whole.
bool RedactingStream::CutsASecret(std::size_t cut) const {
  const std::size_t reach = redactor_.longest();
  if (reach == 0) return false;
  const std::size_t begin = cut > reach ? cut - reach : 0;
  const std::string_view left = std::string_view(held_).substr(begin, cut - begin);
  const std::string_view right = std::string_view(held_).substr(cut, reach);
  std::string both(left);
  both += right;
  return redactor_.Redact(both) != redactor_.Redact(left) + redactor_.Redact(right);
}

/// How much of `held_` can go: up to the last line end that has enough text after it for any secret
/// that starts before it to be complete. A line that never ends is cut where it must be.
std::size_t RedactingStream::SafePrefix() const {
  const std::size_t reach = redactor_.longest() > 0 ? redactor_.longest() - 1 : 0;
  if (held_.size() <= reach) return 0;
  const std::size_t limit = held_.size() - reach;
  std::size_t cut = held_.rfind('\n', limit - 1);
  for (int tries = 0; cut != std::string::npos && tries < 16; ++tries) {
    if (!CutsASecret(cut + 1)) return cut + 1;
    if (cut == 0) break;
    cut = held_.rfind('\n', cut - 1);
  }
  if (held_.size() < kMaxLine + reach) return 0;
  for (std::size_t at = MoveBack(held_, limit == held_.size() ? limit - 1 : limit); at > 0; --at) {
    if (!CutsASecret(at)) return at;
  }
  return 0;
}

}  // namespace gitops
