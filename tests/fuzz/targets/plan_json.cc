// Stored JSON: plans, steps, outputs, diagnostics, errors and lists of strings. What is accepted is
// written as the same value for ever; anything else is corruption. The first byte says which.
#include "engine/model/codec.h"
#include "tests/fuzz/property.h"
#include "tests/fuzz/targets.h"

namespace gitops::fuzz {
namespace {

template <typename Decode, typename Encode>
void CheckRoundTrip(std::string_view json, Decode decode, Encode encode) {
  const auto value = decode(json);
  if (!value) {
    Require(value.error().kind == ErrorKind::kCorruption, "what is not understood is corruption",
            value.error().ToString());
    return;
  }
  const std::string encoded = encode(*value);
  const auto again = decode(encoded);
  Require(again.has_value(), "what was written can be read", encoded);
  Require(*again == *value, "what was written reads back as the same value", encoded);
  Require(encode(*again) == encoded, "writing twice gives the same bytes", encoded);
  Require(encoded.find('\n') == std::string::npos, "JSON is one line", encoded);
}

void CheckError(std::string_view json) {
  Error value = MakeError(ErrorKind::kInvalid, "unset");
  if (!DecodeError(json, value)) return;
  Require(!value.diagnostics.empty(), "an error has a diagnostic");
  Error again = MakeError(ErrorKind::kInvalid, "unset");
  Require(DecodeError(EncodeError(value), again).has_value(), "what was written can be read");
  Require(again == value, "what was written reads back as the same error");
}

}  // namespace

void FuzzPlanJson(std::string_view bytes) {
  if (bytes.empty()) return;
  const std::string_view json = bytes.substr(1);
  switch (bytes.front()) {
    case 's':
      return CheckRoundTrip(json, DecodeStep, EncodeStep);
    case 'o':
      return CheckRoundTrip(json, DecodeOutputs, EncodeOutputs);
    case 'd':
      return CheckRoundTrip(json, DecodeDiagnostics, EncodeDiagnostics);
    case 'e':
      return CheckError(json);
    case 'l':
      return CheckRoundTrip(json, DecodeStrings, EncodeStrings);
    default:
      return CheckRoundTrip(json, DecodePlan, EncodePlan);
  }
}

}  // namespace gitops::fuzz
