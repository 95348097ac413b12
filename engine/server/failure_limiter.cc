#include "engine/server/failure_limiter.h"

#include <algorithm>

#include "engine/model/ip_network.h"

namespace gitops {

std::optional<std::chrono::seconds> FailureLimiter::RefusedFor(std::string_view key,
                                                               MonotonicTime now) const {
  const std::lock_guard lock(mutex_);
  const auto found = index_.find(key);
  if (found == index_.end() || found->second->failures < limits_.failures) return std::nullopt;
  const auto left = found->second->begin + limits_.window - now;
  if (left.count() <= 0) return std::nullopt;
  return std::max(std::chrono::seconds(1), std::chrono::ceil<std::chrono::seconds>(left));
}

void FailureLimiter::Failed(std::string_view key, MonotonicTime now) {
  const std::lock_guard lock(mutex_);
  if (const auto found = index_.find(key); found != index_.end()) {
    Entry& entry = *found->second;
    if (now - entry.begin >= limits_.window) {
      entry.begin = now;
      entry.failures = 0;
    }
    ++entry.failures;
    entries_.splice(entries_.begin(), entries_, found->second);
    return;
  }
  if (entries_.size() >= limits_.keys) {
    index_.erase(entries_.back().key);
    entries_.pop_back();
  }
  entries_.push_front(Entry{std::string(key), now, 1});
  index_.emplace(entries_.front().key, entries_.begin());
}

void FailureLimiter::Succeeded(std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto found = index_.find(key);
  if (found == index_.end()) return;
  const auto entry = found->second;
  index_.erase(found);
  entries_.erase(entry);
}

std::size_t FailureLimiter::keys() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::string ClientKey(std::string_view address) {
  const std::optional<IpAddress> parsed = IpAddress::Parse(address);
  if (!parsed || parsed->IsV4()) return std::string(address);
  return {reinterpret_cast<const char*>(parsed->bytes().data()), 8};
}

HttpResponse TooManyFailures(std::chrono::seconds wait, std::string_view request_id) {
  const std::string seconds = std::to_string(wait.count());
  HttpResponse response =
      ProblemResponse({429, "too many failed attempts", "too many requests failed to authenticate",
                       "", "try again in " + seconds + " s"},
                      request_id);
  response.headers.Add("Retry-After", seconds);
  return response;
}

}  // namespace gitops
