#include "engine/server/host_policy.h"

#include <algorithm>

#include "engine/model/ip_network.h"

namespace gitops {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

/// Of "host", "host:port", "[v6]", "[v6]:port"; lower case, without a dot at its end.
std::string HostOf(std::string_view authority) {
  std::string host;
  if (authority.starts_with('[')) {
    host = Lower(authority.substr(1, std::min(authority.find(']'), authority.size()) - 1));
  } else {
    host = Lower(authority.substr(0, authority.find(':')));
  }
  if (host.size() > 1 && host.back() == '.') host.pop_back();
  const auto address = IpAddress::Parse(host);
  return address ? address->ToString() : host;
}

/// "host:port" of "scheme://host:port/path", lower case; "" when it is no such thing.
std::string AuthorityOf(std::string_view url) {
  const std::size_t mark = url.find("://");
  if (mark == std::string_view::npos) return "";
  const std::string_view rest = url.substr(mark + 3);
  return Lower(rest.substr(0, rest.find_first_of("/?#")));
}

}  // namespace

HostPolicy::HostPolicy(const std::vector<std::string>& listen, std::string_view public_url)
    : listen_(listen) {
  SetPublicUrl(public_url);
}

void HostPolicy::SetPublicUrl(std::string_view public_url) {
  auto names = std::make_shared<Names>();
  names->hosts = {"localhost", "127.0.0.1", "::1"};
  names->public_authority = AuthorityOf(public_url);
  for (const std::string& address : listen_) {
    const std::string host = HostOf(address);
    names->any_address = names->any_address || host == "0.0.0.0" || host == "::";
    if (!host.empty()) names->hosts.insert(host);
  }
  if (!names->public_authority.empty()) names->hosts.insert(HostOf(names->public_authority));
  const std::lock_guard lock(mutex_);
  names_ = std::move(names);
}

bool HostPolicy::Names::Contain(std::string_view host) const {
  return hosts.count(host) != 0 || (any_address && IpAddress::Parse(host).has_value());
}

std::string HostPolicy::Refusal(const HttpHead& head) const {
  std::shared_ptr<const Names> names;
  {
    const std::lock_guard lock(mutex_);
    names = names_;
  }
  const auto host = head.headers.Find("Host");
  // Only HTTP/1.0 may come without one; browsers have never done so.
  if (host && !names->Contain(HostOf(*host))) {
    return "this server is not known by the name in the Host field";
  }
  if (head.headers.Count("Origin") == 0) {
    const auto site = head.headers.Find("Sec-Fetch-Site");
    const bool ours = !site || *site == "same-origin" || *site == "none";
    return ours ? "" : "the request was made by a page of another site";
  }
  // The port counts as well: another service on this machine is another site. A proxy may put a
  // name of its own into Host; its visitors come from the public URL all the same.
  const auto origin = head.headers.Find("Origin");
  const std::string authority = AuthorityOf(origin.value_or(""));
  const bool same = !authority.empty() &&
                    (authority == names->public_authority || (host && authority == Lower(*host)));
  return same ? "" : "the request was made by a page of another site";
}

}  // namespace gitops
