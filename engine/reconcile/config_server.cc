#include "engine/reconcile/config_server.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/reconcile/config_files.h"
#include "engine/reconcile/config_shape.h"
#include "engine/yaml/scalars.h"

namespace gitops {
namespace {

constexpr std::chrono::hours kLongestDriftInterval{24 * 30};

bool IsHostByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-';
}

/// What keeps "host:port" from being listened on, or "".
std::string ListenProblem(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return "there is no port: write HOST:PORT";
  const std::string_view port_text = text.substr(colon + 1);
  const Reading<std::int64_t> port = ParseInteger(port_text);
  if (!port || *port < 1 || *port > 65535) {
    return "port " + QuoteShort(port_text) + " is no number from 1 to 65535";
  }
  std::string_view host = text.substr(0, colon);
  if (host.empty()) return "there is no host before the port";
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool valid = std::all_of(host.begin(), host.end(),
                                 [&](char c) { return IsHostByte(c) || (bracketed && c == ':'); });
  return valid ? "" : QuoteShort(host) + " is no host name or address";
}

void ReadListen(const YamlNode* node, ServerSpec& spec, ConfigContext& context) {
  if (node == nullptr || !node->IsScalar()) return;
  if (const std::string problem = ListenProblem(node->scalar); !problem.empty()) {
    context.Error("not an address", QuoteShort(node->scalar) + ": " + problem, "server.listen",
                  *node, "127.0.0.1:8420, or 0.0.0.0:8420 for all addresses");
    return;
  }
  spec.listen = node->scalar;
}

/// "https://host[:port]", without anything after it.
bool IsPublicUrl(std::string_view url) {
  const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  if (scheme == 0) return false;
  std::string_view authority = url.substr(scheme);
  if (authority.ends_with('/')) authority.remove_suffix(1);
  const std::size_t host_end = authority.starts_with('[')
                                   ? std::min(authority.find(']'), authority.size() - 1) + 1
                                   : std::min(authority.find(':'), authority.size());
  const std::string_view host = authority.substr(0, host_end);
  std::string_view port = authority.substr(host_end);
  const bool v6 = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  const bool named = !host.empty() && std::all_of(host.begin(), host.end(), IsHostByte);
  if (!named && !(v6 && IpAddress::Parse(host.substr(1, host.size() - 2)))) return false;
  if (port.empty()) return true;
  if (!port.starts_with(':')) return false;
  const Reading<std::int64_t> number = ParseInteger(port.substr(1));
  return number && *number >= 1 && *number <= 65535;
}

void ReadPublicUrl(const YamlNode* node, ServerSpec& spec, ConfigContext& context) {
  if (node == nullptr || !node->IsScalar()) return;
  if (!IsPublicUrl(node->scalar)) {
    context.Error("not the address of a server",
                  "it has to be http:// or https:// with a host, and without a path",
                  "server.publicUrl", *node, "publicUrl: https://gitops.example.org");
    return;
  }
  spec.public_url = node->scalar;
  if (spec.public_url.back() == '/') spec.public_url.pop_back();
}

void ReadProxies(const YamlNode* list, ServerSpec& spec, ConfigContext& context) {
  if (list == nullptr) return;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const YamlNode& node = list->items[i];
    if (!node.IsScalar()) continue;
    if (const auto network = IpNetwork::Parse(node.scalar)) {
      spec.trusted_proxies.push_back(*network);
      continue;
    }
    context.Error("not a network",
                  QuoteShort(node.scalar) +
                      " is neither an address nor a network whose bits beyond the prefix are 0",
                  "server.trustedProxies[" + std::to_string(i) + "]", node,
                  "192.0.2.7, 10.0.0.0/8 or 2001:db8::/32");
  }
}

void ReadTls(const YamlNode* node, ServerSpec& spec, ConfigContext& context) {
  if (node == nullptr || HasErrors(CheckShape(*node, ReconcilerTlsShape(), ""))) return;
  TlsFiles files;
  const auto take = [&](std::string_view key, std::string& path) {
    const YamlNode* value = node->Find(key);
    path = context.Resolve(value->scalar);
    CheckConfiguredFile(path, "server.tls." + std::string(key), *value, context);
  };
  take("certificateFile", files.certificate_file);
  take("keyFile", files.key_file);
  spec.tls = std::move(files);
}

ServerLimits ReadServerLimits(const YamlNode* node) {
  ServerLimits limits;
  if (node == nullptr || HasErrors(CheckShape(*node, ReconcilerServerLimitsShape(), ""))) {
    return limits;
  }
  const auto number = [&](std::string_view key, int& value) {
    if (const YamlNode* found = node->Find(key)) value = static_cast<int>(*ReadInteger(*found));
  };
  const auto duration = [&](std::string_view key, std::chrono::milliseconds& value) {
    if (const YamlNode* found = node->Find(key)) value = *ReadDuration(*found);
  };
  number("connections", limits.connections);
  number("bodies", limits.bodies);
  number("bodiesPerClient", limits.bodies_per_client);
  number("headBytes", limits.head_bytes);
  number("headFields", limits.head_fields);
  number("backlog", limits.backlog);
  if (const YamlNode* found = node->Find("bodyMemory")) {
    limits.body_memory_bytes = ReadSize(*found, SizeUnit::kMegabytes)->amount * 1024 * 1024;
  }
  duration("headTimeout", limits.head_timeout);
  duration("bodyTimeout", limits.body_timeout);
  duration("idleTimeout", limits.idle_timeout);
  return limits;
}

}  // namespace

ServerSpec ReadServer(const YamlNode& server, ConfigContext& context) {
  ServerSpec spec;
  ReadListen(server.Find("listen"), spec, context);
  ReadPublicUrl(server.Find("publicUrl"), spec, context);
  ReadProxies(server.Find("trustedProxies"), spec, context);
  ReadTls(server.Find("tls"), spec, context);
  spec.limits = ReadServerLimits(server.Find("limits"));
  if (const YamlNode* interval = server.Find("driftInterval")) {
    const bool good = !HasErrors(
        CheckShape(*interval, DurationShape(std::chrono::seconds(0), kLongestDriftInterval), ""));
    if (good) spec.drift_interval = *ReadDuration(*interval);
  }
  return spec;
}

}  // namespace gitops
