// One HTTP request out of arbitrary bytes. However they arrive, the outcome is the same; what is
// accepted holds what routes rely on: a path of plain segments, one meaning of the body's length, a
// body within its limit and with exactly the bytes that were sent.
#include <algorithm>
#include <string>

#include "engine/server/request_reader.h"
#include "tests/fuzz/property.h"
#include "tests/fuzz/targets.h"

namespace gitops::fuzz {
namespace {

constexpr std::size_t kBodyLimit = 4096;
/// What is longer is also judged by how much of it is there at once.
constexpr std::size_t kComparable = 8000;

struct Outcome {
  RequestReader::State state;
  std::size_t taken = 0;
  HttpRequest request;
};

Outcome Read(std::string_view bytes, std::size_t step) {
  BodyMemory memory(1 << 20, 1);
  RequestReader reader(HeadLimits{}, memory);
  std::size_t taken = 0;
  std::size_t seen = 0;
  using State = RequestReader::State;
  while (reader.state() != State::kRefused && reader.state() != State::kWhole) {
    const std::size_t size = reader.Take(bytes.substr(taken, seen - taken));
    taken += size;
    if (reader.state() == State::kAsks) {
      reader.AcceptBody(kBodyLimit);
    } else if (size == 0) {
      if (seen == bytes.size()) break;
      seen = std::min(bytes.size(), seen + step);
    }
  }
  Outcome outcome{reader.state(), taken, {}};
  if (outcome.state == State::kWhole) outcome.request = reader.TakeRequest();
  return outcome;
}

bool IsPlain(const std::string& segment) {
  return !segment.empty() && segment != "." && segment != ".." &&
         std::none_of(segment.begin(), segment.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte < 0x20 || byte == 0x7F || c == '/' || c == '\\';
         });
}

void CheckAccepted(const Outcome& outcome, std::string_view bytes) {
  const HttpHead& head = outcome.request.head;
  for (const std::string& segment : head.segments) {
    Require(IsPlain(segment), "a segment is no plain name");
  }
  Require(outcome.request.body.size() <= kBodyLimit, "a body is over its limit");
  Require(head.has_body || outcome.request.body.empty(), "a body came from nowhere");
  Require(head.headers.Count("Content-Length") + head.headers.Count("Transfer-Encoding") <= 1,
          "the length of the body is said twice");
  Require(head.headers.Count("Host") <= 1, "there are two hosts");
  if (head.content_length) {
    Require(outcome.request.body.size() == *head.content_length, "a body has another length");
    Require(bytes.substr(outcome.taken - outcome.request.body.size(),
                         outcome.request.body.size()) == outcome.request.body,
            "a body has other bytes");
  }
}

}  // namespace

void FuzzHttpRequest(std::string_view bytes) {
  const Outcome whole = Read(bytes, bytes.size() + 1);
  if (whole.state == RequestReader::State::kWhole) CheckAccepted(whole, bytes);
  if (bytes.size() > kComparable) return;
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}}) {
    const Outcome slow = Read(bytes, step);
    // Which of two mistakes is named may differ: one of them may be seen before the other came.
    Require(slow.state == whole.state, "the outcome hangs on how bytes arrive");
    Require(slow.request.body == whole.request.body, "a body hangs on how bytes arrive");
    Require(slow.request.head.segments == whole.request.head.segments,
            "a path hangs on how bytes arrive");
    Require(whole.state != RequestReader::State::kWhole || slow.taken == whole.taken,
            "the end of a request hangs on how bytes arrive");
  }
}

}  // namespace gitops::fuzz
