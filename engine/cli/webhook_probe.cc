#include "engine/cli/webhook_probe.h"

#include <utility>

#include "engine/base/check.h"
#include "sources/webhook_ping.h"
#include "sources/webhook_provider.h"

namespace gitops {
namespace {

constexpr std::chrono::seconds kPatience{10};

/// Of "host:port" or "[::1]:port", which the configuration has checked; an address for all
/// interfaces is reached over loopback.
std::string Reachable(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  const std::string host = listen.substr(0, colon);
  const std::string port = colon == std::string::npos ? "" : listen.substr(colon);
  if (host.empty() || host == "0.0.0.0") return "127.0.0.1" + port;
  return (host == "[::]" ? "[::1]" : host) + port;
}

}  // namespace

Result<WebhookAnswer> ProbeWebhook(const WebhookProbe& probe, WebClient& web) {
  const SourceSpec& source = probe.source;
  const auto provider = WebhookProviderFrom(source.webhook->provider);
  CHECK(provider.has_value());
  WebhookPing ping = MakeWebhookPing(*provider, probe.secret, probe.delivery_id, probe.now);
  const ServerSpec& server = probe.config.server;
  const std::string scheme = server.tls ? "https://" : "http://";
  const std::string path = "/hooks/" + source.webhook->provider + "/" + source.name;
  WebhookAnswer answer;
  answer.url = scheme + server.listen + path;
  WebRequest request;
  request.url = Secret(scheme + Reachable(server.listen) + path);
  for (auto& [name, value] : ping.headers) {
    request.headers.emplace_back(name, Secret(std::move(value)));
  }
  request.headers.emplace_back("Content-Type", Secret("application/json"));
  request.body = std::move(ping.body);
  request.timeout = kPatience;
  request.any_certificate = true;
  const auto response = web.Send(request, {});
  if (!response && response.error().kind == ErrorKind::kTransient) {
    return MakeError(ErrorKind::kTransient, "no daemon answers",
                     answer.url + ": " + response.error().primary().detail,
                     "start it: tfgrid-compose serve");
  }
  if (!response) return response.error();
  answer.status = response->status;
  return answer;
}

}  // namespace gitops
