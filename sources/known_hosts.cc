#include "sources/known_hosts.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "engine/base/digest.h"
#include "sources/base64.h"

namespace gitops {
namespace {

std::string_view TakeWord(std::string_view& line) {
  const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
  const std::string_view word = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return word;
}

std::string_view AsText(const Sha1Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// HMAC-SHA-1 (RFC 2104); the keys of known_hosts have 20 bytes, so they are never hashed first.
std::string HmacSha1(std::string_view key, std::string_view message) {
  constexpr std::size_t kBlock = 64;
  std::string inner(kBlock, '\x36');
  std::string outer(kBlock, '\x5c');
  for (std::size_t i = 0; i < key.size() && i < kBlock; ++i) {
    inner[i] = static_cast<char>(inner[i] ^ key[i]);
    outer[i] = static_cast<char>(outer[i] ^ key[i]);
  }
  inner += message;
  const Sha1Bytes inner_digest = Sha1(inner);
  outer += AsText(inner_digest);
  const Sha1Bytes digest = Sha1(outer);
  return std::string(AsText(digest));
}

/// "|1|salt|hash": the name is not shown, only whether it is this one.
bool MatchesHashed(std::string_view field, std::string_view name) {
  field.remove_prefix(3);
  const std::size_t bar = field.find('|');
  if (bar == std::string_view::npos) return false;
  const auto salt = Base64Decode(field.substr(0, bar));
  const auto hash = Base64Decode(field.substr(bar + 1));
  return salt && hash && salt->size() == 20 && *hash == HmacSha1(*salt, name);
}

/// '*' and '?' as in OpenSSH's patterns; linear in the text for each star.
bool MatchesPattern(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t retry = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t]) && pattern[p] != '*') {
      ++p;
      ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

bool MatchesHosts(std::string_view hosts, const std::string& name) {
  if (hosts.starts_with("|1|")) return MatchesHashed(hosts, name);
  bool matches = false;
  while (!hosts.empty()) {
    const std::size_t comma = hosts.find(',');
    std::string_view pattern = hosts.substr(0, comma);
    const bool negated = pattern.starts_with('!');
    if (negated) pattern.remove_prefix(1);
    if (!pattern.empty() && MatchesPattern(Lower(pattern), name)) {
      if (negated) return false;
      matches = true;
    }
    hosts.remove_prefix(comma == std::string_view::npos ? hosts.size() : comma + 1);
  }
  return matches;
}

void ReadLine(std::string_view line, const std::string& name, KnownKeys& known) {
  std::string_view word = TakeWord(line);
  if (word.empty() || word.front() == '#') return;
  const bool revoked = word == "@revoked";
  if (!revoked && word.front() == '@') return;
  if (revoked) word = TakeWord(line);
  if (word.empty() || !MatchesHosts(word, name)) return;
  HostKey key;
  key.type = TakeWord(line);
  const auto blob = Base64Decode(TakeWord(line));
  if (!blob || KeyTypeOf(*blob) != key.type || key.type.empty()) return;
  key.blob = *blob;
  (revoked ? known.revoked : known.keys).push_back(std::move(key));
}

bool Holds(const std::vector<HostKey>& keys, std::string_view blob) {
  return std::any_of(keys.begin(), keys.end(),
                     [&](const HostKey& key) { return key.blob == blob; });
}

}  // namespace

std::string KnownHostName(std::string_view host, int port) {
  const std::string name = Lower(host);
  return port == 22 ? name : "[" + name + "]:" + std::to_string(port);
}

KnownKeys FindHostKeys(std::string_view file, std::string_view host, int port) {
  const std::string name = KnownHostName(host, port);
  KnownKeys known;
  while (!file.empty()) {
    const std::size_t end = file.find('\n');
    std::string_view line = file.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    ReadLine(line, name, known);
    file.remove_prefix(end == std::string_view::npos ? file.size() : end + 1);
  }
  return known;
}

HostKeyVerdict JudgeHostKey(const KnownKeys& known, std::string_view blob) {
  if (Holds(known.revoked, blob)) return HostKeyVerdict::kRevoked;
  if (Holds(known.keys, blob)) return HostKeyVerdict::kKnown;
  return known.keys.empty() ? HostKeyVerdict::kUnknown : HostKeyVerdict::kChanged;
}

std::string Fingerprint(std::string_view blob) {
  const Sha256Bytes digest = Sha256(blob);
  return "SHA256:" + Base64Unpadded({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string KeyTypeOf(std::string_view blob) {
  if (blob.size() < 4) return "";
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) size = size << 8U | static_cast<unsigned char>(blob[i]);
  return size <= 64 && blob.size() - 4 >= size ? std::string(blob.substr(4, size)) : "";
}

}  // namespace gitops
