// The log of a run as a file that may still grow: its end, or what follows an offset. Reads a
// bounded piece each time. No state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace gitops {

/// Whole lines of a log, without their newlines.
struct LogPiece {
  std::vector<std::string> lines;
  std::vector<std::int64_t> ends;  ///< The offset behind each line.
  std::int64_t end = 0;            ///< Where the next piece begins.
};

/// Bytes that one piece has at most.
inline constexpr std::size_t kLogPieceBytes = 256 * 1024;

/// The last `lines` lines, fewer when they do not fit. Errors: kNotFound.
Result<LogPiece> ReadLogEnd(const std::string& path, std::size_t lines);

/// Lines from `offset` on; an unfinished last line only when `whole` says that the log is. Errors:
/// kNotFound.
Result<LogPiece> ReadLogFrom(const std::string& path, std::int64_t offset, bool whole);

}  // namespace gitops
