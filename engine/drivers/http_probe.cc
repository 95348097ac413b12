#include "engine/drivers/http_probe.h"

#include <charconv>
#include <utility>

#include "engine/os/curl_client.h"

namespace gitops {
namespace {

constexpr std::size_t kMaxBody = 64 * 1024;

Secret UrlOf(const HttpTarget& target) {
  // Apps that listen on all interfaces are often probed at that "address".
  const std::string& name = target.host;
  const std::string host = name == "0.0.0.0" ? "127.0.0.1" : name == "::" ? "::1" : name;
  const bool v6 = host.find(':') != std::string::npos;
  return Secret((target.tls ? "https://" : "http://") + (v6 ? "[" + host + "]" : host) + ":" +
                std::to_string(target.port) + target.path);
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
  CurlClient client;
  WebRequest request;
  request.method = "GET";
  request.url = UrlOf(target);
  request.headers.emplace_back("Connection", Secret("close"));
  request.timeout = timeout;
  request.body_limit = kMaxBody;
  const auto response = client.Send(request, stop);
  if (stop.stop_requested()) {
    return MakeError(ErrorKind::kCancelled, "stopped on request", "during a health check");
  }
  if (!response) return response.error();
  return response->status;
}

}  // namespace gitops
