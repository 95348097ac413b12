// What the engine and its fetch child say to one another: an accepted message is written as the
// same message for ever. The first byte says which of both.
#include "sources/fetch_wire.h"

#include "tests/fuzz/property.h"
#include "tests/fuzz/targets.h"

namespace gitops::fuzz {
namespace {

void CheckRequest(std::string_view json) {
  const Result<RemoteRequest> request = DecodeRequest(json);
  if (!request) {
    Require(request.error().kind == ErrorKind::kInvalid, "a bad request is invalid");
    return;
  }
  const std::string encoded = EncodeRequest(*request);
  const Result<RemoteRequest> again = DecodeRequest(encoded);
  Require(again.has_value(), "what was written can be read");
  Require(EncodeRequest(*again) == encoded, "what was written reads back as the same");
}

void CheckResponse(std::string_view json) {
  const Result<RemoteResponse> response = DecodeResponse(json);
  const std::string encoded = EncodeResponse(response);
  const Result<RemoteResponse> again = DecodeResponse(encoded);
  Require(again.has_value() == response.has_value(), "an answer stays an answer", encoded);
  Require(EncodeResponse(again) == encoded, "what was written reads back as the same", encoded);
}

}  // namespace

void FuzzFetchWire(std::string_view bytes) {
  if (bytes.empty()) return;
  const std::string_view json = bytes.substr(1);
  if (bytes.front() == 'q') return CheckRequest(json);
  CheckResponse(json);
}

}  // namespace gitops::fuzz
