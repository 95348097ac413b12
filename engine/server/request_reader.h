// RequestReader: one request out of the bytes of a connection, without the connection. Bytes come
// in as they arrive; a head comes out, then a body within its limits, or a problem to answer with.
// The only file that sees the HTTP parser is the .cc. Not thread-safe; no I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "engine/server/body_memory.h"
#include "engine/server/head_scan.h"
#include "engine/server/request_head.h"

namespace gitops {

class RequestReader {
 public:
  enum class State {
    kHead,     ///< Wants more bytes.
    kAsks,     ///< The head is there: the owner looks at it and says how much body it wants.
    kBody,     ///< Wants more bytes.
    kWhole,    ///< TakeRequest.
    kRefused,  ///< problem(); the connection cannot go on.
  };

  RequestReader(HeadLimits limits, BodyMemory& memory);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  State state() const { return state_; }

  /// Takes from the front of what has come and not been taken; says how much. Stops after the head
  /// until AcceptBody, and at the end of the request.
  std::size_t Take(std::string_view bytes);

  /// REQUIRES: kAsks or later. To be completed by the owner before TakeRequest.
  RequestHead& head() { return head_; }

  /// The owner wants the body, of at most `limit` bytes. REQUIRES: kAsks.
  void AcceptBody(std::size_t limit);

  /// Of the body, so far.
  std::size_t body_bytes() const;

  /// REQUIRES: kWhole.
  HttpRequest TakeRequest();

  /// What it holds of the memory of all bodies is free for others.
  void ReleaseBody();

  /// REQUIRES: kRefused.
  const Problem& problem() const { return *problem_; }

 private:
  struct Parser;

  std::size_t TakeHead(std::string_view bytes);
  std::size_t TakeBody(std::string_view bytes);
  void Refuse(Problem problem);
  void RefuseBody();

  State state_ = State::kHead;
  HeadScan scan_;
  std::unique_ptr<Parser> parser_;
  RequestHead head_;
  std::size_t body_limit_ = 0;
  std::optional<Problem> problem_;
};

}  // namespace gitops
