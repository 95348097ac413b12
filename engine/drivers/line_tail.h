// LineTail: the last lines of a text that comes in pieces, each of which can be shown by itself
// (RedactingStream::Cut). Keeps raw bytes, bounded; they are redacted when they are asked for.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "engine/base/redactor.h"

namespace gitops {

class LineTail {
 public:
  /// Takes the next piece.
  void Add(std::string piece);

  /// The last 20 lines, oldest first, without line ends, redacted and escaped; each is cut to 1,000
  /// bytes.
  std::vector<std::string> Lines(const Redactor& redactor) const;

  void Clear();

 private:
  std::deque<std::string> pieces_;
  std::size_t size_ = 0;
};

}  // namespace gitops
