#include "engine/cli/daemon_address.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string_view>

#include "engine/os/atomic_file.h"
#include "engine/os/read_file.h"

namespace gitops {
namespace {

constexpr std::size_t kLongestFile = 16 * 1024;

std::map<std::string, std::string, std::less<>> FieldsOf(std::string_view text) {
  std::map<std::string, std::string, std::less<>> fields;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos) {
      fields.emplace(line.substr(0, colon), line.substr(colon + 2));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return fields;
}

std::optional<int> NumberOf(const std::string& text) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || number <= 0) return std::nullopt;
  return number;
}

/// "http://127.0.0.1:8420" and nothing else: a token is sent there.
bool IsLoopbackUrl(std::string_view url) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!url.starts_with(scheme)) continue;
    url.remove_prefix(scheme.size());
    const bool v4 = url.starts_with("127.");
    if (!v4 && !url.starts_with("[::1]:")) return false;
    return std::all_of(url.begin() + (v4 ? 0 : 6), url.end(),
                       [](char c) { return (c >= '0' && c <= '9') || c == '.' || c == ':'; });
  }
  return false;
}

}  // namespace

std::string DaemonAddressPath(const Config& config) { return config.state_dir + "/daemon"; }

std::string ConfigurationName(const Config& config) {
  if (config.file.empty()) return "";
  std::error_code error;
  const std::filesystem::path path = std::filesystem::canonical(config.file, error);
  std::string name = error ? config.file : path.string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c > 0 && c < 32; }, '?');
  return name;
}

Result<PublishedAddress> PublishedAddress::Make(const Config& config,
                                                const DaemonAddress& address) {
  const std::string path = DaemonAddressPath(config);
  RemoveUnfinished(path);
  RETURN_IF_ERROR(ReplaceFile(path,
                              "pid: " + std::to_string(address.pid) + "\nurl: " + address.url +
                                  "\nprotocol: " + std::to_string(address.protocol) +
                                  "\nversion: " + address.version +
                                  "\nconfiguration: " + address.configuration + "\n",
                              0600));
  return PublishedAddress(path);
}

PublishedAddress::PublishedAddress(PublishedAddress&& other) noexcept
    : path_(std::exchange(other.path_, std::string())) {}

PublishedAddress::~PublishedAddress() {
  if (!path_.empty()) unlink(path_.c_str());
}

Result<std::optional<DaemonAddress>> ReadDaemonAddress(const Config& config, pid_t pid) {
  const std::string path = DaemonAddressPath(config);
  const auto text = ReadSmallFile(path, kLongestFile);
  if (!text && text.error().kind == ErrorKind::kNotFound) return std::optional<DaemonAddress>();
  if (!text) return text.error();
  const auto fields = FieldsOf(*text);
  const auto field = [&](std::string_view name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  };
  const auto owner = NumberOf(field("pid"));
  const auto protocol = NumberOf(field("protocol"));
  DaemonAddress address;
  address.url = field("url");
  address.version = field("version");
  address.configuration = field("configuration");
  if (!owner || !protocol || !IsLoopbackUrl(address.url)) {
    return MakeError(ErrorKind::kInvalid, "no address of a daemon", "\"" + path + "\"",
                     "restart the daemon: it writes the file anew");
  }
  if (*owner != pid) return std::optional<DaemonAddress>();
  address.pid = *owner;
  address.protocol = *protocol;
  return std::optional<DaemonAddress>(std::move(address));
}

}  // namespace gitops
