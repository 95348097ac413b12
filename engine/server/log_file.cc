#include "engine/server/log_file.h"

#include <algorithm>
#include <fstream>

namespace gitops {
namespace {

struct Bytes {
  std::string text;
  std::int64_t size = 0;  ///< Of the whole file.
};

/// At most kLogPieceBytes from `offset` on; a negative one counts from the end.
Result<Bytes> ReadBytes(const std::string& path, std::int64_t offset) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) {
    return MakeError(ErrorKind::kNotFound, "no log", "this run has no log, or it was removed");
  }
  Bytes bytes;
  bytes.size = static_cast<std::int64_t>(file.tellg());
  const std::int64_t begin =
      offset < 0 ? std::max<std::int64_t>(0, bytes.size + offset) : std::min(offset, bytes.size);
  bytes.text.resize(static_cast<std::size_t>(
      std::min<std::int64_t>(bytes.size - begin, static_cast<std::int64_t>(kLogPieceBytes))));
  file.seekg(begin);
  file.read(bytes.text.data(), static_cast<std::streamsize>(bytes.text.size()));
  bytes.text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file.gcount())));
  return bytes;
}

LogPiece Split(const std::string& text, std::int64_t begin, bool with_rest) {
  LogPiece piece;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t newline = text.find('\n', at);
    if (newline == std::string::npos && !with_rest) break;
    const std::size_t end = std::min(newline, text.size());
    piece.lines.push_back(text.substr(at, end - at));
    at = std::min(end + 1, text.size());
    piece.ends.push_back(begin + static_cast<std::int64_t>(at));
  }
  piece.end = begin + static_cast<std::int64_t>(at);
  return piece;
}

}  // namespace

Result<LogPiece> ReadLogEnd(const std::string& path, std::size_t lines) {
  ASSIGN_OR_RETURN(const Bytes bytes, ReadBytes(path, -static_cast<std::int64_t>(kLogPieceBytes)));
  const std::int64_t begin = bytes.size - static_cast<std::int64_t>(bytes.text.size());
  LogPiece piece = Split(bytes.text, begin, true);
  // The first line of a piece from the middle is the end of one.
  std::size_t surplus = begin > 0 && piece.lines.size() > 1 ? 1 : 0;
  if (piece.lines.size() > lines) surplus = std::max(surplus, piece.lines.size() - lines);
  piece.lines.erase(piece.lines.begin(),
                    piece.lines.begin() + static_cast<std::ptrdiff_t>(surplus));
  piece.ends.erase(piece.ends.begin(), piece.ends.begin() + static_cast<std::ptrdiff_t>(surplus));
  return piece;
}

Result<LogPiece> ReadLogFrom(const std::string& path, std::int64_t offset, bool whole) {
  ASSIGN_OR_RETURN(const Bytes bytes, ReadBytes(path, offset));
  // A line that fills a whole piece is told in parts, or it would never be told.
  const bool full = bytes.text.size() == kLogPieceBytes;
  const bool no_line = bytes.text.find('\n') == std::string::npos;
  return Split(bytes.text, std::min(offset, bytes.size), (whole && !full) || (full && no_line));
}

}  // namespace gitops
