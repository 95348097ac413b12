// HttpRoute: one part of what the server answers (webhooks, the API, metrics, health). The front
// finds the route by the first segments of the path, asks it for admission with the head alone,
// reads the body within the limit it was given, and hands the request over.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/server/http_message.h"

namespace gitops {

/// An answer that goes on: server-sent events. Thread-safe. Dropped by the route, it is closed.
class HttpStream {
 public:
  virtual ~HttpStream() = default;
  /// Queues bytes for the client. False when it is gone, or was dropped because it reads too
  /// slowly (more than 1 MiB waiting); nothing is sent then, and nothing ever will be.
  virtual bool Write(std::string bytes) = 0;
  /// Ends the answer after what is queued.
  virtual void Close() = 0;
  virtual bool closed() const = 0;
};

/// Gives the answer, once, from any thread; never blocks.
class HttpReply {
 public:
  virtual ~HttpReply() = default;
  virtual void Send(HttpResponse response) = 0;
  /// Sends status and headers; the body is whatever is written to the stream. The front cuts the
  /// stream off when the server drains.
  virtual std::shared_ptr<HttpStream> Begin(HttpResponse head) = 0;
};

/// What a route says to a head.
struct HttpAdmission {
  std::optional<HttpResponse> refusal;  ///< Sent at once; the body is never read.
  std::size_t body_limit = 0;           ///< Bytes; one more is answered with 413.
};

class HttpRoute {
 public:
  virtual ~HttpRoute() = default;

  /// Decides from the head alone: method, rights, rate, type. Called by a thread of the front; must
  /// not block. A HEAD request comes as GET: its answer is sent without the body.
  virtual HttpAdmission Admit(const HttpHead& head) = 0;

  /// Answers a request that was admitted. Called by a thread of the front and must not block it:
  /// what takes time goes to a thread of the route's own, which replies later. The reply may
  /// outlive the call; dropped without an answer it sends a 500.
  virtual void Answer(HttpRequest request, std::shared_ptr<HttpReply> reply) = 0;
};

}  // namespace gitops
