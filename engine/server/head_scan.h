// HeadScan: looks at the raw bytes of a request's head as they come, before a parser does. It holds
// the limits, and refuses what parsers read in different ways: lines that do not end with CR LF,
// folded lines, control bytes. What it lets through has one meaning. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "engine/server/http_message.h"

namespace gitops {

struct HeadLimits {
  std::size_t head_bytes = 64 * 1024;
  std::size_t line_bytes = 8 * 1024;  ///< Of the request line, and of each field.
  std::size_t fields = 100;
};

class HeadScan {
 public:
  explicit HeadScan(HeadLimits limits) : limits_(limits) {}

  enum class Found { kMore, kWhole, kRefused };

  /// `bytes`: everything that came so far; only what is new is looked at.
  Found Look(std::string_view bytes);

  /// With its empty line. REQUIRES: kWhole was found.
  std::size_t head_size() const { return position_; }
  /// REQUIRES: kRefused was found.
  const Problem& refusal() const { return *refusal_; }

 private:
  Found EndLine(std::string_view bytes);
  Found Refuse(int status, std::string_view title, std::string detail);

  const HeadLimits limits_;
  std::size_t position_ = 0;    ///< Of the next byte to look at.
  std::size_t line_start_ = 0;  ///< Of the line it is in.
  std::size_t lines_ = 0;       ///< That have ended.
  std::optional<Problem> refusal_;
};

}  // namespace gitops
