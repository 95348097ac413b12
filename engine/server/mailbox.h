// Mailbox: how other threads reach the thread of a worker, also when it has ended already: answers
// may come late. Thread-safe.
#pragma once

#include <mutex>

#include "engine/server/asio.h"

namespace gitops {

class Mailbox {
 public:
  explicit Mailbox(asio::io_context& io) : io_(&io) {}

  /// Runs `work` on the worker's thread soon; does nothing once the mailbox is closed.
  template <typename Work>
  void Post(Work work) {
    const std::lock_guard lock(mutex_);
    if (io_ != nullptr) asio::post(*io_, std::move(work));
  }

  /// After this the worker may go.
  void Close() {
    const std::lock_guard lock(mutex_);
    io_ = nullptr;
  }

 private:
  std::mutex mutex_;
  asio::io_context* io_;
};

}  // namespace gitops
