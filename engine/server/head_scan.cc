#include "engine/server/head_scan.h"

#include "engine/server/front_problems.h"

namespace gitops {
namespace {

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\r' && c != '\n') || byte == 0x7F;
}

}  // namespace

HeadScan::Found HeadScan::Look(std::string_view bytes) {
  if (refusal_) return Found::kRefused;
  while (position_ < bytes.size()) {
    const char c = bytes[position_];
    const bool after_return = position_ > line_start_ && bytes[position_ - 1] == '\r';
    if (c != '\n' && after_return) {
      return Refuse(400, kMalformed, "a carriage return stands without a line feed in the head");
    }
    if (c == '\n' && !after_return) {
      return Refuse(400, kMalformed, "a line of the head ends with a line feed alone");
    }
    if (IsControl(c)) return Refuse(400, kMalformed, "there is a control byte in the head");
    ++position_;
    if (position_ > limits_.head_bytes) {
      return Refuse(431, kHeadTooLarge,
                    "the head may have " + std::to_string(limits_.head_bytes) + " bytes");
    }
    if (position_ - line_start_ > limits_.line_bytes) {
      const std::string most = std::to_string(limits_.line_bytes) + " bytes";
      return lines_ == 0 ? Refuse(414, kTargetTooLong, "the request line may have " + most)
                         : Refuse(431, kHeadTooLarge, "a header field may have " + most);
    }
    if (c == '\n') {
      const Found found = EndLine(bytes);
      if (found != Found::kMore) return found;
    }
  }
  return Found::kMore;
}

HeadScan::Found HeadScan::EndLine(std::string_view bytes) {
  const std::string_view line = bytes.substr(line_start_, position_ - 2 - line_start_);
  line_start_ = position_;
  ++lines_;
  if (line.empty()) {
    return lines_ == 1 ? Refuse(400, kMalformed, "there is an empty line before the request line")
                       : Found::kWhole;
  }
  if (lines_ == 1) return Found::kMore;
  if (lines_ - 1 > limits_.fields) {
    return Refuse(431, kHeadTooLarge,
                  "there may be " + std::to_string(limits_.fields) + " header fields");
  }
  if (line.front() == ' ' || line.front() == '\t') {
    return Refuse(400, kMalformed, "a header field is folded over several lines");
  }
  return Found::kMore;
}

HeadScan::Found HeadScan::Refuse(int status, std::string_view title, std::string detail) {
  refusal_ = FrontProblem(status, title, std::move(detail));
  return Found::kRefused;
}

}  // namespace gitops
