#include "engine/drivers/http_probe.h"

#include <httplib.h>

#include <charconv>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace gitops {
namespace {

constexpr std::size_t kMaxBody = 64 * 1024;
constexpr std::chrono::milliseconds kWatchSlice{20};

/// Cuts a request off at its deadline or when a stop is requested. The library's own timeouts are
/// for single reads and writes only.
class Watchdog {
 public:
  Watchdog(httplib::ClientImpl& client, std::chrono::milliseconds timeout, std::stop_token stop)
      : thread_([this, &client, timeout, stop = std::move(stop)](std::stop_token done) {
          Watch(client, timeout, stop, done);
        }) {}

  bool expired() const { return expired_.load(); }

 private:
  void Watch(httplib::ClientImpl& client, std::chrono::milliseconds timeout,
             const std::stop_token& stop, const std::stop_token& done) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any ended;
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (!done.stop_requested()) {
      ended.wait_for(lock, done, kWatchSlice, [] { return false; });
      if (done.stop_requested()) return;
      if (stop.stop_requested() || std::chrono::steady_clock::now() >= deadline) {
        expired_ = true;
        client.stop();  // Again and again: a request that was just starting would not notice one.
      }
    }
  }

  std::atomic<bool> expired_{false};
  std::jthread thread_;
};

std::unique_ptr<httplib::ClientImpl> MakeClient(const HttpTarget& target) {
#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
  if (target.tls) return std::make_unique<httplib::SSLClient>(target.host, target.port);
#endif
  if (target.tls) return nullptr;
  return std::make_unique<httplib::ClientImpl>(target.host, target.port);
}

std::optional<int> Get(httplib::ClientImpl& client, const std::string& path, std::string& why) {
  std::optional<int> status;
  std::size_t received = 0;
  const auto result = client.Get(
      path, httplib::Headers{{"User-Agent", "tfgrid-compose"}, {"Connection", "close"}},
      [&](const httplib::Response& response) {
        status = response.status;
        return true;
      },
      [&](const char*, std::size_t size) {
        received += size;
        return received <= kMaxBody;
      });
  if (result) return result->status;
  why = httplib::to_string(result.error());
  return status;
}

}  // namespace

std::optional<HttpTarget> ParseHttpTarget(std::string_view url) {
  HttpTarget target;
  if (url.starts_with("https://")) {
    target.tls = true;
    target.port = 443;
    url.remove_prefix(8);
  } else if (url.starts_with("http://")) {
    url.remove_prefix(7);
  } else {
    return std::nullopt;
  }
  const std::size_t end = url.find_first_of("/?#");
  std::string_view authority = url.substr(0, end);
  if (end != std::string_view::npos) {
    const std::string_view rest = url.substr(end, url.find('#') - end);
    target.path = (rest.starts_with('/') ? "" : "/") + std::string(rest);
  }
  for (const char c : target.path) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) return std::nullopt;
  }
  std::size_t host_end = authority.rfind(':');
  if (authority.starts_with('[')) {
    const std::size_t bracket = authority.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    target.host = authority.substr(1, bracket - 1);
    host_end = bracket + 1;
    if (host_end == authority.size()) host_end = std::string_view::npos;
    if (host_end != std::string_view::npos && authority[host_end] != ':') return std::nullopt;
  } else {
    target.host = authority.substr(0, host_end);
  }
  if (host_end != std::string_view::npos) {
    const std::string_view digits = authority.substr(host_end + 1);
    const auto [at, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), target.port);
    if (error != std::errc() || at != digits.data() + digits.size()) return std::nullopt;
  }
  const bool plain = target.host.find_first_of("@ \t\r\n/\\") == std::string::npos;
  if (target.host.empty() || !plain || target.port < 1 || target.port > 65535) return std::nullopt;
  return target;
}

Result<int> HttpGetStatus(const HttpTarget& target, std::chrono::milliseconds timeout,
                          std::stop_token stop) {
  try {
    const std::unique_ptr<httplib::ClientImpl> client = MakeClient(target);
    if (client == nullptr) {
      return MakeError(ErrorKind::kInvalid, "no TLS in this build",
                       "https cannot be asked by a health check here");
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
    const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(timeout - seconds);
    client->set_connection_timeout(seconds.count(), rest.count());
    client->set_read_timeout(seconds.count(), rest.count());
    client->set_write_timeout(seconds.count(), rest.count());
    client->set_follow_location(false);
    client->set_keep_alive(false);
    client->set_decompress(false);
    std::string why;
    std::optional<int> status;
    bool expired = false;
    {
      const Watchdog watchdog(*client, timeout, stop);
      status = Get(*client, target.path, why);
      expired = watchdog.expired();
    }
    if (stop.stop_requested()) {
      return MakeError(ErrorKind::kCancelled, "stopped on request", "during a health check");
    }
    if (expired) return MakeError(ErrorKind::kTransient, "no answer in time", "it took too long");
    if (!status) return MakeError(ErrorKind::kTransient, "no answer", "error: " + why);
    return *status;
  } catch (const std::exception& error) {
    return MakeError(ErrorKind::kTransient, "the request failed", error.what());
  }
}

}  // namespace gitops
