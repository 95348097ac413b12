#include "engine/drivers/line_tail.h"

#include <algorithm>
#include <utility>

#include "engine/drivers/redacting_stream.h"

namespace gitops {
namespace {

constexpr std::size_t kMostLines = 20;
constexpr std::size_t kMaxLine = 1000;
/// Raw bytes that are kept, besides the newest piece.
constexpr std::size_t kMostBytes = 64 * 1024;

std::string Shorten(std::string line) {
  if (line.size() <= kMaxLine) return line;
  std::size_t size = kMaxLine;
  while (size > 0 && (static_cast<unsigned char>(line[size]) & 0xC0U) == 0x80U) --size;
  return line.substr(0, size) + "…";
}

}  // namespace

void LineTail::Add(std::string piece) {
  if (piece.empty()) return;
  size_ += piece.size();
  pieces_.push_back(std::move(piece));
  while (pieces_.size() > 1 && size_ - pieces_.front().size() > kMostBytes) {
    size_ -= pieces_.front().size();
    pieces_.pop_front();
  }
}

std::vector<std::string> LineTail::Lines(const Redactor& redactor) const {
  std::string text;
  for (const std::string& piece : pieces_) text += ShowableText(redactor, piece);
  if (text.ends_with('\n')) text.pop_back();
  std::vector<std::string> lines;
  for (std::size_t end = text.size(); !text.empty() && lines.size() < kMostLines;) {
    const std::size_t before = end == 0 ? std::string::npos : text.rfind('\n', end - 1);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    lines.push_back(Shorten(text.substr(begin, end - begin)));
    if (before == std::string::npos) break;
    end = before;
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

void LineTail::Clear() {
  pieces_.clear();
  size_ = 0;
}

}  // namespace gitops
