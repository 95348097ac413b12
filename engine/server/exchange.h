// Exchange: where one request's answer is handed from the route's thread to the connection's. The
// route's side is HttpReply and HttpStream; the connection's side takes what came and waits for
// more. Thread-safe; nobody waits in here.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/server/http_route.h"

namespace gitops {

/// Bytes of a stream that may wait for a client that does not read.
inline constexpr std::size_t kStreamBytes = 1024 * 1024;

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  /// `wake` tells the connection to look here again; called from any thread, without a lock.
  /// `request_id` is for the answer of a route that gives none.
  Exchange(std::string request_id, std::function<void()> wake)
      : request_id_(std::move(request_id)), wake_(std::move(wake)) {}

  /// For the route. An exchange has one; when it goes without an answer, that is a 500.
  std::shared_ptr<HttpReply> MakeReply();

  // What follows is the connection's side.

  struct Taken {
    std::optional<HttpResponse> response;  ///< Once, alone: the answer, or a stream's head.
    std::string bytes;                     ///< Of the stream: what came since the last time.
    bool stream = false;                   ///< The answer is a stream.
    bool ended = false;                    ///< Nothing will come after this.
  };
  /// What is there; when that is nothing, the next thing that comes wakes the connection.
  Taken Take();
  /// What was taken last is with the client.
  void Sent();
  /// Nothing more is taken from the route; what it gave is still sent.
  void End() { Close(); }
  /// The client is gone, or nothing more is sent for another reason: whatever comes is dropped.
  void Cut();
  /// The stream was ended because its client read too slowly.
  bool dropped() const;

 private:
  class Reply;
  class Stream;

  void Answer(HttpResponse response, bool stream);
  bool Write(const std::string& bytes);
  void Close();
  bool closed() const;
  void WakeUp(std::unique_lock<std::mutex> lock);

  const std::string request_id_;
  const std::function<void()> wake_;
  mutable std::mutex mutex_;  // Guards what follows.
  std::optional<HttpResponse> response_;
  bool answered_ = false;
  bool stream_ = false;
  std::string waiting_;        ///< Bytes that were not taken yet.
  std::size_t in_flight_ = 0;  ///< Bytes that were taken and are not sent.
  bool closed_ = false;
  bool dropped_ = false;
  bool sleeping_ = false;  ///< The connection waits to be woken up.
};

}  // namespace gitops
