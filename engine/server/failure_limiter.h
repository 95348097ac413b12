// FailureLimiter: who failed to authenticate too often lately. Whoever did is refused before a body
// is read. Memory is bounded: at the limit, the key that was quiet for the longest goes. Time comes
// with the calls. Thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/base/clock.h"
#include "engine/server/http_message.h"

namespace gitops {

struct FailureLimits {
  int failures = 10;
  std::chrono::milliseconds window{60'000};
  std::size_t keys = 20'000;
};

class FailureLimiter {
 public:
  explicit FailureLimiter(FailureLimits limits = {}) : limits_(limits) {}

  /// For how long `key` is refused from `now` on; nullopt: it may try.
  std::optional<std::chrono::seconds> RefusedFor(std::string_view key, MonotonicTime now) const;

  /// One more failure of `key`.
  void Failed(std::string_view key, MonotonicTime now);

  /// `key` authenticated: what it did before is forgotten.
  void Succeeded(std::string_view key);

  std::size_t keys() const;

 private:
  /// The failures of one window, which begins with the first of them.
  struct Entry {
    std::string key;
    MonotonicTime begin;
    int failures = 0;
  };
  using Entries = std::list<Entry>;  ///< The latest failure first.

  const FailureLimits limits_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator> index_;  ///< Keys live in entries_.
};

/// What a client is known by: an IPv4 address, or the /64 network of an IPv6 address, of which
/// anybody has 2^64 addresses. `address` as HttpHead has it.
std::string ClientKey(std::string_view address);

/// 429 with Retry-After. Says nothing about what was wrong.
HttpResponse TooManyFailures(std::chrono::seconds wait, std::string_view request_id);

}  // namespace gitops
