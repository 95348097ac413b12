#include "engine/os/user_name.h"

#include <pwd.h>

#include <algorithm>
#include <vector>

namespace gitops {
namespace {

/// What getpwuid_r needs at most for an entry; a larger one counts as unknown.
constexpr std::size_t kEntrySize = 16UL * 1024;

bool IsPlain(const std::string& name) {
  return !name.empty() && name.front() != '-' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

}  // namespace

std::optional<std::string> FindUserName(uid_t uid) {
  std::vector<char> buffer(kEntrySize);
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return std::nullopt;
  }
  return found->pw_name;
}

std::string DescribeUser(uid_t uid) {
  return "user " + FindUserName(uid).value_or(std::to_string(uid));
}

std::string AsUser(uid_t uid, const std::string& command) {
  const std::optional<std::string> name = FindUserName(uid);
  const std::string user = name && IsPlain(*name) ? *name : "'#" + std::to_string(uid) + "'";
  return "sudo -u " + user + " " + command;
}

}  // namespace gitops
