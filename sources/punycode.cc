#include "sources/punycode.h"

#include <cctype>
#include <cstdint>
#include <limits>
#include <vector>

namespace gitops {
namespace {

// RFC 3492 §5.
constexpr std::uint32_t kBase = 36;
constexpr std::uint32_t kTMin = 1;
constexpr std::uint32_t kTMax = 26;
constexpr std::uint32_t kSkew = 38;
constexpr std::uint32_t kDamp = 700;
constexpr std::uint32_t kInitialBias = 72;
constexpr std::uint32_t kInitialN = 128;
constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kLongestHost = 253;

char Digit(std::uint32_t value) {
  return static_cast<char>(value < 26 ? 'a' + value : '0' + (value - 26));
}

std::uint32_t Adapt(std::uint32_t delta, std::uint32_t points, bool first) {
  delta = first ? delta / kDamp : delta / 2;
  delta += delta / points;
  std::uint32_t k = 0;
  while (delta > (kBase - kTMin) * kTMax / 2) {
    delta /= kBase - kTMin;
    k += kBase;
  }
  return k + (kBase - kTMin + 1) * delta / (delta + kSkew);
}

/// The code points of valid UTF-8 (RFC 3629).
std::optional<std::vector<std::uint32_t>> DecodeUtf8(std::string_view text) {
  std::vector<std::uint32_t> points;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || i + length > text.size())
      return std::nullopt;
    std::uint32_t point = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0U) != 0x80U) return std::nullopt;
      point = point << 6U | (next & 0x3FU);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    if (overlong || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return std::nullopt;
    points.push_back(point);
    i += length;
  }
  return points;
}

void AppendDelta(std::uint32_t delta, std::uint32_t bias, std::string& out) {
  std::uint32_t q = delta;
  for (std::uint32_t k = kBase;; k += kBase) {
    const std::uint32_t t = k <= bias ? kTMin : k >= bias + kTMax ? kTMax : k - bias;
    if (q < t) break;
    out += Digit(t + (q - t) % (kBase - t));
    q = (q - t) / (kBase - t);
  }
  out += Digit(q);
}

std::optional<std::string> EncodeLabel(std::string_view label) {
  const auto points = DecodeUtf8(label);
  // A label so short cannot overflow the arithmetic below.
  if (!points || points->size() > kLongestLabel) return std::nullopt;
  std::string out;
  for (const std::uint32_t point : *points) {
    if (point < 0x80) out += static_cast<char>(std::tolower(static_cast<int>(point)));
  }
  const auto basic = static_cast<std::uint32_t>(out.size());
  if (basic == points->size()) return out;
  if (basic > 0) out += '-';
  std::uint32_t n = kInitialN;
  std::uint32_t delta = 0;
  std::uint32_t bias = kInitialBias;
  for (std::uint32_t handled = basic; handled < points->size(); ++delta, ++n) {
    std::uint32_t next = std::numeric_limits<std::uint32_t>::max();
    for (const std::uint32_t point : *points) {
      if (point >= n && point < next) next = point;
    }
    delta += (next - n) * (handled + 1);
    n = next;
    for (const std::uint32_t point : *points) {
      if (point < n) ++delta;
      if (point != n) continue;
      AppendDelta(delta, bias, out);
      bias = Adapt(delta, handled + 1, handled == basic);
      delta = 0;
      ++handled;
    }
  }
  return "xn--" + out;
}

}  // namespace

std::optional<std::string> AsciiHost(std::string_view host) {
  if (host.size() > kLongestHost) return std::nullopt;
  std::string ascii;
  while (true) {
    const std::size_t dot = host.find('.');
    const auto label = EncodeLabel(host.substr(0, dot));
    if (!label) return std::nullopt;
    ascii += *label;
    if (dot == std::string_view::npos) return ascii;
    ascii += '.';
    host.remove_prefix(dot + 1);
  }
}

}  // namespace gitops
