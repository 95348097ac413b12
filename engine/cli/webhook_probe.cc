#include "engine/cli/webhook_probe.h"

#include <httplib.h>

#include <charconv>
#include <exception>
#include <memory>

#include "engine/base/check.h"
#include "sources/webhook_ping.h"
#include "sources/webhook_provider.h"

namespace gitops {
namespace {

constexpr int kConnectSeconds = 3;
constexpr int kAnswerSeconds = 7;

struct Address {
  std::string host;
  int port = 0;
};

/// From "host:port" or "[::1]:port", which the configuration has checked; an address for all
/// interfaces is reached over loopback.
Address AddressOf(const std::string& listen) {
  Address address;
  const std::size_t colon = listen.rfind(':');
  address.host = listen.substr(0, colon);
  if (colon != std::string::npos) {
    std::from_chars(listen.data() + colon + 1, listen.data() + listen.size(), address.port);
  }
  if (address.host.starts_with('[')) address.host = address.host.substr(1, address.host.size() - 2);
  if (address.host.empty() || address.host == "0.0.0.0") address.host = "127.0.0.1";
  if (address.host == "::") address.host = "::1";
  return address;
}

std::unique_ptr<httplib::ClientImpl> Connect(const Address& address, bool tls) {
  if (!tls) return std::make_unique<httplib::ClientImpl>(address.host, address.port);
  auto client = std::make_unique<httplib::SSLClient>(address.host, address.port);
  client->enable_server_certificate_verification(false);
  return client;
}

}  // namespace

Result<WebhookAnswer> ProbeWebhook(const Config& config, const SourceSpec& source,
                                   const Secret& secret, const std::string& delivery_id,
                                   WallTime now) {
  const auto provider = WebhookProviderFrom(source.webhook->provider);
  CHECK(provider.has_value());
  const WebhookPing ping = MakeWebhookPing(*provider, secret, delivery_id, now);
  const std::string path = "/hooks/" + source.webhook->provider + "/" + source.name;
  const bool tls = config.server.tls.has_value();
  WebhookAnswer answer;
  answer.url = (tls ? "https://" : "http://") + config.server.listen + path;
  try {
    const auto client = Connect(AddressOf(config.server.listen), tls);
    client->set_connection_timeout(kConnectSeconds);
    client->set_read_timeout(kAnswerSeconds);
    client->set_write_timeout(kAnswerSeconds);
    httplib::Headers headers;
    for (const auto& [name, value] : ping.headers) headers.emplace(name, value);
    const auto result = client->Post(path.c_str(), headers, ping.body, "application/json");
    if (!result) {
      return MakeError(ErrorKind::kTransient, "no daemon answers",
                       answer.url + ": " + httplib::to_string(result.error()),
                       "start it: tfgrid-compose serve");
    }
    answer.status = result->status;
    return answer;
  } catch (const std::exception&) {
    return MakeError(ErrorKind::kTransient, "no daemon answers", answer.url,
                     "start it: tfgrid-compose serve");
  }
}

}  // namespace gitops
